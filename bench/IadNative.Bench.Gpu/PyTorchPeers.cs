using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Gpu;

/// <summary>What bench/pytorch/peers.py measured.</summary>
/// <param name="Versions">Python, PyTorch, CUDA.</param>
/// <param name="Steps">Seconds of a training step, by model, variant, modules and number of networks.</param>
/// <param name="Rounds">Seconds of the work between two rounds, by model, modules and number of networks.</param>
/// <param name="Sorts">Seconds of torch.sort, by length.</param>
/// <param name="Kernels">Kernels of a training step, by the same.</param>
/// <param name="Missing">Names of what is not measured yet, or was left out for want of time.</param>
internal sealed record PyTorchPeers(
    string Versions, IReadOnlyList<PyTorchPeers.Step> Steps, IReadOnlyList<PyTorchPeers.Round> Rounds,
    IReadOnlyList<PyTorchPeers.Sort> Sorts, IReadOnlyList<PyTorchPeers.KernelCount> Kernels, IReadOnlyList<string> Missing)
{
    private const int PollMilliseconds = 500;

    /// <summary>How a step can run: eager, compile, graph.</summary>
    public static IReadOnlyList<string> Variants { get; } = ["eager", "compile", "graph"];

    /// <summary>How R networks can run: one after the other, or stacked by torch.func.vmap.</summary>
    public static IReadOnlyList<string> Modules { get; } = ["sequential", "batched"];

    /// <param name="Name">The model, as in <see cref="GpuWorkloads"/>.</param>
    /// <param name="Variant">One of <see cref="PyTorchPeers.Variants"/>.</param>
    /// <param name="Modules">One of <see cref="PyTorchPeers.Modules"/>.</param>
    /// <param name="Replicas">Networks.</param>
    /// <param name="Seconds">Of a step of all; null where PyTorch could not do it.</param>
    /// <param name="Error">Why not.</param>
    internal sealed record Step(string Name, string Variant, string Modules, int Replicas, double? Seconds, string? Error);

    /// <param name="Name">The model, as in <see cref="GpuWorkloads"/>.</param>
    /// <param name="Variant">One of <see cref="PyTorchPeers.Variants"/>.</param>
    /// <param name="Modules">One of <see cref="PyTorchPeers.Modules"/>.</param>
    /// <param name="Replicas">Networks.</param>
    /// <param name="Count">Kernels, copies and fills of a step of all; null where the profiler saw none.</param>
    /// <param name="Error">Why they could not be counted.</param>
    internal sealed record KernelCount(string Name, string Variant, string Modules, int Replicas, double? Count, string? Error);

    /// <param name="Name">The model, as in <see cref="GpuWorkloads"/>.</param>
    /// <param name="Modules">One of <see cref="PyTorchPeers.Modules"/>.</param>
    /// <param name="Replicas">Networks.</param>
    /// <param name="Seconds">Null where PyTorch could not do it.</param>
    /// <param name="Error">Why not.</param>
    internal sealed record Round(string Name, string Modules, int Replicas, double? Seconds, string? Error);

    /// <param name="Length">n.</param>
    /// <param name="Seconds">Of one sort; null where PyTorch could not do it.</param>
    /// <param name="Error">Why not.</param>
    internal sealed record Sort(int Length, double? Seconds, string? Error);

    /// <summary>
    /// Runs the script, which prints its progress and writes all that it measured so far to a file, after every measurement. Once the
    /// time is used it begins nothing more; where it then takes longer than <see cref="GpuOptions.GraceSeconds"/> it is ended.
    /// </summary>
    /// <param name="python">The program.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="limit">The time that is left.</param>
    /// <param name="take">Given the results whenever there are more.</param>
    /// <exception cref="InvalidOperationException">The script did not end well, or measured nothing. What it wrote was given.</exception>
    /// <exception cref="JsonException">It wrote something else.</exception>
    public static void Measure(string python, GpuOptions options, TimeLimit limit, Action<PyTorchPeers> take)
    {
        string folder = Directory.CreateTempSubdirectory("gpu-peers-").FullName;
        string file = Path.Combine(folder, "peers.json"), taken = "";
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "pytorch", "peers.py"), .. Arguments(file, options, limit)];
        Process? process = null;
        try
        {
            process = Process.Start(Shell.Find(python), arguments);
            bool isEnded = false;
            while (!process.WaitForExit(PollMilliseconds))
            {
                TakeWritten();
                if (!(limit.Left < -options.GraceSeconds)) continue;
                End(process);
                isEnded = true;
            }

            TakeWritten();
            if (process.ExitCode != 0 && !isEnded)
                throw new InvalidOperationException($"{python} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
            if (taken.Length == 0) throw new InvalidOperationException($"{python} {string.Join(' ', arguments)} measured nothing.");
        }
        finally
        {
            if (process is { HasExited: false }) End(process);
            process?.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        void TakeWritten()
        {
            if (!File.Exists(file)) return;
            string text = File.ReadAllText(file);
            if (text == taken) return;
            take(JsonSerializer.Deserialize(text, GpuJson.Default.PyTorchPeers) ?? throw new JsonException($"{file} holds nothing."));
            taken = text;
        }
    }

    private static IEnumerable<string> Arguments(string file, GpuOptions options, TimeLimit limit)
    {
        yield return "--out";
        yield return file;
        yield return "--device";
        yield return $"{options.Device}";
        yield return "--repetitions";
        yield return $"{options.Repetitions}";
        yield return "--replicas";
        yield return string.Join(',', options.Replicas);
        yield return "--sort";
        yield return string.Join(',', options.SortPowers);
        yield return "--variants";
        yield return string.Join(',', options.Variants);
        if (options.Only.Count > 0)
        {
            yield return "--only";
            yield return string.Join(',', options.Only);
        }

        if (limit.Left is not { } left) yield break;
        yield return "--seconds-limit";
        yield return Math.Max(left, 0).ToString("F1", CultureInfo.InvariantCulture);
    }

    private static void End(Process process)
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }
}
