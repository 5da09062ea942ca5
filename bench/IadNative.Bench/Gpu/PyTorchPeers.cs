using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Gpu;

/// <summary>What bench/pytorch/peers.py measured.</summary>
/// <param name="Versions">Python, PyTorch, CUDA.</param>
/// <param name="Steps">Seconds of a training step, by model, variant and number of networks.</param>
/// <param name="Rounds">Seconds of the work between two rounds, by model and number of networks.</param>
/// <param name="Sorts">Seconds of torch.sort, by length.</param>
internal sealed record PyTorchPeers(
    string Versions, IReadOnlyList<PyTorchPeers.Step> Steps, IReadOnlyList<PyTorchPeers.Round> Rounds,
    IReadOnlyList<PyTorchPeers.Sort> Sorts)
{
    /// <param name="Name">The model, as in <see cref="GpuWorkloads"/>.</param>
    /// <param name="Variant">eager, compile or graph.</param>
    /// <param name="Replicas">Networks, trained one after the other in the step.</param>
    /// <param name="Seconds">Of a step of all; null where PyTorch could not do it.</param>
    /// <param name="Error">Why not.</param>
    internal sealed record Step(string Name, string Variant, int Replicas, double? Seconds, string? Error);

    /// <param name="Name">The model, as in <see cref="GpuWorkloads"/>.</param>
    /// <param name="Replicas">Networks.</param>
    /// <param name="Seconds">Null where PyTorch could not do it.</param>
    /// <param name="Error">Why not.</param>
    internal sealed record Round(string Name, int Replicas, double? Seconds, string? Error);

    /// <param name="Length">n.</param>
    /// <param name="Seconds">Of one sort.</param>
    internal sealed record Sort(int Length, double Seconds);

    /// <summary>Runs the script, which prints its progress and writes what it measured to a file.</summary>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public static PyTorchPeers Measure(string python, GpuOptions options)
    {
        string file = Path.GetTempFileName();
        try
        {
            string script = Path.Combine(AppContext.BaseDirectory, "pytorch", "peers.py");
            string[] arguments =
            [
                script, "--out", file, "--device", $"{options.Device}", "--repetitions", $"{options.Repetitions}",
                "--replicas", string.Join(',', options.Replicas), "--sort", string.Join(',', options.SortPowers),
                .. options.Only.Count > 0 ? ["--only", string.Join(',', options.Only)] : (string[])[],
            ];
            using Process process = Process.Start(Shell.Find(python), arguments);
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{python} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
            return JsonSerializer.Deserialize(File.ReadAllText(file), PeersJson.Default.PyTorchPeers)!;
        }
        finally
        {
            File.Delete(file);
        }
    }
}

[JsonSerializable(typeof(PyTorchPeers))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class PeersJson : JsonSerializerContext;
