using System.ComponentModel;
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
            GpuReport report = Measure(driver, options, CopiedBytes, $"IadNative.Bench gpu {string.Join(' ', args)}".TrimEnd(), Save);
            if (options.Out is null) Console.Write(report);
            return 0;

            void Save(GpuReport soFar)
            {
                if (options.Out is not null) File.WriteAllText(options.Out, soFar.ToString());
            }
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
    /// <param name="save">Given the report after every measurement, so that nothing is lost.</param>
    internal static GpuReport Measure(
        ICudaDriver driver, GpuOptions options, long copiedBytes, string command, Action<GpuReport>? save = null)
    {
        var steps = new List<TrainingMeasurement>();
        var sorts = new List<SortMeasurement>();
        var failures = new List<string>();
        double? bandwidth = null;
        PyTorchPeers? peers = null;
        string[] machine = Describe(driver.Device);
        if (options.Python is { } python) Try("PyTorch", () => peers = PyTorchPeers.Measure(python, options));
        foreach (GpuWorkload workload in GpuWorkloads.All.Where(workload => options.Includes(workload.Name)))
        {
            foreach (int replicas in options.Replicas)
            {
                Try(
                    $"{workload.Title}, R = {replicas}",
                    () => steps.Add(TrainingMeasurement.Take(driver, workload, replicas, options)));
            }
        }

        if (options.Includes("sort"))
        {
            Try("copy", () => bandwidth = SortMeasurement.CopyBandwidth(driver, copiedBytes, options));
            foreach (int power in options.SortPowers)
                Try($"sort, n = 2^{power}", () => sorts.Add(SortMeasurement.Take(driver, 1 << power, options)));
        }

        return Report();

        GpuReport Report() => new(machine, command, steps, sorts, bandwidth, peers, failures);

        void Try(string what, Action measure)
        {
            Console.Error.WriteLine(what);
            try
            {
                measure();
            }
            catch (Exception failure) when (failure is CudaException or InvalidOperationException or Win32Exception)
            {
                Console.Error.WriteLine(failure.Message);
                failures.Add($"{what}: {failure.Message}");
            }

            save?.Invoke(Report());
        }
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
        catch (Win32Exception)
        {
            return "unknown";
        }
    }
}
