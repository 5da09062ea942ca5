using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using IadNative.Cuda;
using IadNative.Cuda.Runtime;

namespace IadNative.Bench.Gpu;

/// <summary>Measures the CUDA engine, and PyTorch beside it where there is one.</summary>
internal static class GpuCommand
{
    private const long CopiedBytes = 1L << 30;

    /// <returns>The exit code: 2 for a wrong command line, 1 where there is no device.</returns>
    public static int Run(string[] args)
    {
        if (args is ["--help"])
        {
            Console.WriteLine(GpuOptions.Usage);
            return 0;
        }

        try
        {
            GpuOptions options = GpuOptions.Parse(args);
            using NativeCudaDriver driver = NativeCudaDriver.Open(options.Device, new CudaOptions { Warn = Console.Error.WriteLine });
            GpuReport report = Measure(driver, options, CopiedBytes, $"IadNative.Bench gpu {string.Join(' ', args)}".TrimEnd());
            if (options.Out is null) Console.Write(report);
            else File.WriteAllText(options.Out, report.ToString());
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(GpuOptions.Usage);
            return 2;
        }
        catch (CudaUnavailableException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    /// <summary>Measures all that the options ask for.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="options">What, and how often.</param>
    /// <param name="copiedBytes">Bytes that are copied to learn the device's bandwidth.</param>
    /// <param name="command">What to print as the command.</param>
    internal static GpuReport Measure(ICudaDriver driver, GpuOptions options, long copiedBytes, string command)
    {
        var steps = new List<TrainingMeasurement>();
        foreach (GpuWorkload workload in GpuWorkloads.All.Where(workload => options.Includes(workload.Name)))
        {
            foreach (int replicas in options.Replicas)
            {
                Say($"{workload.Title}, R = {replicas}");
                try
                {
                    steps.Add(TrainingMeasurement.Take(driver, workload, replicas, options));
                }
                catch (CudaOutOfMemoryException exception)
                {
                    Say(exception.Message);
                }
            }
        }

        var sorts = new List<SortMeasurement>();
        double? bandwidth = null;
        if (options.Includes("sort"))
        {
            bandwidth = SortMeasurement.CopyBandwidth(driver, copiedBytes, options);
            foreach (int power in options.SortPowers)
            {
                Say($"sort, n = 2^{power}");
                sorts.Add(SortMeasurement.Take(driver, 1 << power, options));
            }
        }

        PyTorchPeers? peers = options.Python is { } python ? PyTorchPeers.Measure(python, options) : null;
        return new GpuReport(Describe(driver.Device), command, steps, sorts, bandwidth, peers);
    }

    private static string[] Describe(CudaDeviceInfo device) =>
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"{device.Name}, compute capability {device.ComputeMajor}.{device.ComputeMinor}, {device.Multiprocessors} multiprocessors, {device.TotalMemory / 1e9:F0} GB; driver for CUDA {device.DriverVersion}, NVRTC {device.CompilerVersion}, cuBLAS {device.BlasVersion}"),
        $"clocks: {Clocks()}",
        $"IadNative {typeof(CudaDevice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}",
    ];

    // What nvidia-smi says, where there is one.
    private static string Clocks()
    {
        try
        {
            var start = new ProcessStartInfo("nvidia-smi")
            {
                ArgumentList = { "--query-gpu=clocks.sm,clocks.max.sm,clocks.mem,clocks.max.mem,power.limit", "--format=csv,noheader" },
                RedirectStandardOutput = true,
            };
            using Process process = Process.Start(start)!;
            string line = process.StandardOutput.ReadToEnd().Trim().Split('\n')[0];
            process.WaitForExit();
            return process.ExitCode == 0 ? $"SM now, SM most, memory now, memory most, power limit: {line}" : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }

    private static void Say(string line) => Console.Error.WriteLine(line);
}
