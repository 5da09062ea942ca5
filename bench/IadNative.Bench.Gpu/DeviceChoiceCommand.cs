using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Bench.Detection;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Iad;

namespace IadNative.Bench.Gpu;

/// <summary>
/// What the choice between CPU and CUDA goes by: nodes of a training step, and the seconds of an epoch that are estimated for some
/// devices and for the CPU, beside those that one thread of the CPU takes. Needs no GPU.
/// </summary>
internal static class DeviceChoiceCommand
{
    private const string Usage = """
        device-choice [--only NAMES] [--repetitions N] [--page FILE.md]
          --only NAMES     these models alone, such as svdd,maf36
          --repetitions N  of an epoch on the CPU, of which the fastest counts; 5 without it
          --page FILE.md   the tables, which are printed without it
        """;

    private const int MeasuredSteps = 20, Rounds = 10, Threads = 16;

    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);

    private static readonly int[] s_replicas = [1, 10, 100, 1000];

    // As their makers state them.
    private static readonly CudaDeviceSummary[] s_devices =
    [
        new(0, "GTX 1080", 6, 1, 8L << 30, 20) { ClockHertz = 1.73e9, BytesPerSecond = 320e9 },
        new(0, "T4", 7, 5, 16L << 30, 40) { SharedBytes = 64 << 10, ClockHertz = 1.59e9, BytesPerSecond = 320e9 },
        new(0, "RTX 4090", 8, 9, 24L << 30, 128) { SharedBytes = 99 << 10, ClockHertz = 2.52e9, BytesPerSecond = 1008e9 },
        new(0, "H100", 9, 0, 80L << 30, 132) { SharedBytes = 227 << 10, ClockHertz = 1.98e9, BytesPerSecond = 3350e9 },
    ];

    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var options = new CommandArguments(args, "--only", "--repetitions", "--page");
            string[]? only = options["--only"]?.Split(',');
            int repetitions = options.Number("--repetitions", otherwise: 5);
            GpuWorkload[] workloads = [.. GpuWorkloads.All.Where(workload => only is null || only.Contains(workload.Name))];
            if (workloads.Length == 0) throw new FormatException($"There is nothing of {options["--only"]} to measure.");
            MeasuredPage.Write(Page(workloads, repetitions), options["--page"]);
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(Usage);
            return 2;
        }
    }

    private static string Page(GpuWorkload[] workloads, int repetitions)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # What the choice between CPU and CUDA goes by

            `--device auto` estimates what a fit takes on the CPU and on the CUDA device, and takes CUDA where that is less than half, two seconds to
            open it included. What a node takes ({1e6 * CudaEstimate.SecondsPerNode:0.0} µs), the cycles of a fused epoch of a chain, and the part of a
            device's arithmetic that convolutions reach were measured on an NVIDIA H200; the parts of arithmetic that products reach, and of
            bandwidth, are assumptions.

            ## A training step of one network

            {new CpuDevice(1).Description}, one thread: the fastest of {repetitions} epochs or more beside what `CpuEstimate` says, in microseconds. Nodes are
            launches, products and clears of a step, counted; an epoch's own are spread over its steps.

            | model | parameters | nodes | measured | estimated | ratio |
            |---|---:|---:|---:|---:|---:|

            """);
        foreach (GpuWorkload workload in workloads)
        {
            double measured = 1e6 * Measure(workload, repetitions);
            double estimated = 1e6 * CpuEstimate.Step(workload.Plan, (double)workload.Rows / workload.Steps);
            double nodes = CudaEstimate.NodesPerStep(WorkOf(workload, 1), s_devices[^1]);
            page.Append(CultureInfo.InvariantCulture,
                $"| {workload.Title} | {workload.Plan.Parameters.Length} | {nodes:F1} | {measured:F1} | {estimated:F1} | {estimated / measured:F2} |\n");
            Console.Error.WriteLine($"{workload.Name}: {measured:F1} us measured, {estimated:F1} us estimated");
        }

        page.Append(CultureInfo.InvariantCulture, $"""

            ## Ten rounds of R networks, in seconds, as estimated

            With the model's own epochs per round, on {Threads} threads of such a CPU, and on devices at the clocks that their makers state, two seconds to
            open them not included. **Bold** is what is taken.

            | model | R | CPU | {string.Join(" | ", s_devices.Select(device => device.Name))} |
            |---|---:|---:|{string.Concat(s_devices.Select(_ => "---:|"))}

            """);
        foreach (GpuWorkload workload in workloads)
        {
            foreach (int replicas in s_replicas) page.Append(Row(workload, replicas));
        }

        return page.ToString();
    }

    private static string Row(GpuWorkload workload, int replicas)
    {
        DeviceWork[] work = [WorkOf(workload, replicas)];
        double cpu = CpuEstimate.Seconds(work, Threads);
        double[] devices = [.. s_devices.Select(device => CudaEstimate.Seconds(work, device))];
        return string.Create(CultureInfo.InvariantCulture, $"| {workload.Title} | {replicas} | {cpu:F1}")
            + string.Concat(devices.Select(seconds => AutomaticDevice.IsFaster(seconds, cpu, isOpen: false)
                ? string.Create(CultureInfo.InvariantCulture, $" | **{seconds:F1}**")
                : string.Create(CultureInfo.InvariantCulture, $" | {seconds:F1}"))) + " |\n";
    }

    private static double Measure(GpuWorkload workload, int repetitions)
    {
        GpuWorkload few = workload with { Rows = Math.Min(workload.Rows, MeasuredSteps * workload.BatchSize) };
        using ISession session = new CpuDevice(1).CreateSession(few.Plan, few.Session(1));
        session.Initialize(0);
        session.BeginRound();
        long begin = Stopwatch.GetTimestamp();
        double least = double.PositiveInfinity;
        for (int epoch = 0; epoch <= repetitions || Stopwatch.GetElapsedTime(begin) < s_least; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            session.Train(new EpochRange(0, epoch, 1), null, CancellationToken.None);
            if (epoch > 0) least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return least / few.Steps;
    }

    private static DeviceWork WorkOf(GpuWorkload workload, int replicas) =>
        new(workload.Plan, workload.Session(replicas), (long)Rounds * workload.Model.DefaultEpochs, Rounds);
}
