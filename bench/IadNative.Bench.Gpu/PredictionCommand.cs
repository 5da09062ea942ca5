using System.ComponentModel;
using System.Globalization;
using System.Text;
using IadNative.Bench.Detection;
using IadNative.Bench.Gpu.Lab;
using IadNative.Bench.Versus;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;
using IadNative.Persistence;

namespace IadNative.Bench.Gpu;

/// <summary>What training steps are predicted to take on a GPU, for measurements to be held against. Needs no GPU.</summary>
internal static class PredictionCommand
{
    private const string Usage = """
        predict [--only NAMES] [--replicas 1,50] [--sass CUOBJDUMP] [--page FILE.md]
          --only NAMES      these models alone, such as svdd,maf36
          --replicas LIST   networks that train side by side
          --sass CUOBJDUMP  the program that reads machine code; the one on the PATH without it
          --page FILE.md    the table, which is printed without it
        """;

    /// <param name="args">The arguments, without the command's name.</param>
    /// <param name="nvrtc">NVRTC; null for the one of this machine.</param>
    /// <returns>The exit code: 2 for a wrong command line, 1 where there is no compiler or nothing that reads its code.</returns>
    public static int Run(ReadOnlySpan<string> args, LoadedLibrary? nvrtc = null)
    {
        try
        {
            var options = new CommandArguments(args, "--only", "--replicas", "--sass", "--page");
            string[]? only = options.List("--only");
            GpuWorkload[] workloads = [.. GpuWorkloads.All.Where(workload => only is null || only.Contains(workload.Name))];
            if (workloads.Length == 0) throw new FormatException($"There is nothing of {options["--only"]} to predict.");
            var reader = new CodeReader(Shell.Find(options["--sass"] ?? "cuobjdump"), LabSources.All, nvrtc);
            string page = Page(reader, workloads, options.Numbers("--replicas", 1, 50));
            if (options["--page"] is { } file) AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
            else Console.Write(page);
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(Usage);
            return 2;
        }
        catch (Exception exception) when (exception is CudaUnavailableException or CudaException or InvalidOperationException or Win32Exception or IOException
            or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static string Page(CodeReader reader, GpuWorkload[] workloads, int[] replicas)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # What a training step on a GPU is predicted to take

            On an NVIDIA H200 ({StepPrediction.Device.Multiprocessors} multiprocessors at 1,980 MHz, 4.8 TB/s), in microseconds, of R networks side by side, if nothing waits but for
            nodes and barriers and the device is filled. Nothing here was run: what is multiplied and moved follows from shapes; instructions
            and shared memory are those of the code that {reader.Compiler} makes of `conv.cu` and of fused epochs, loops multiplied out.
            cuBLAS's products count with their multiply-adds alone. A node is taken for {1e6 * CudaEstimate.SecondsPerNode:0.0} µs. Predicted is the longest of the four
            in the middle, and nodes and barriers.

            | model | R | way | nodes | FFMA | issue | shared memory | bytes | nodes and barriers | predicted |
            |---|---:|---|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (GpuWorkload workload in workloads)
        {
            foreach (int count in replicas)
            {
                page.Append(Row(workload, count, "graphs", StepPrediction.OfGraphs(reader, workload, count)));
                if (StepPrediction.OfFused(reader, workload, count) is { } fused) page.Append(Row(workload, count, "fused epochs", fused));
            }

            Console.Error.WriteLine(workload.Name);
        }

        return page.ToString();
    }

    private static string Row(GpuWorkload workload, int replicas, string way, StepPrediction step) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {workload.Title} | {replicas} | {way} | {step.Nodes:F1} | {1e6 * step.Multiplying:F1} | {1e6 * step.Issuing:F1} | {1e6 * step.Sharing:F1} | "
        + $"{1e6 * step.Moving:F1} | {1e6 * (step.Waiting + (step.Nodes * CudaEstimate.SecondsPerNode)):F1} | {1e6 * step.Seconds:F1} |\n");
}
