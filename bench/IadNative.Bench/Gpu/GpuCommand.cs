using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using IadNative.Cuda;
using IadNative.Cuda.Runtime;

namespace IadNative.Bench.Gpu;

/// <summary>Measures the CUDA engine, and PyTorch beside it where there is one.</summary>
internal static class GpuCommand
{
    private const long CopiedBytes = 1L << 30;

    /// <returns>The exit code: 2 for a wrong command line, 1 where there is no device or nothing of it could be measured.</returns>
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
            return report.IsEmpty ? 1 : 0;

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
        using var clocks = new DeviceClocks(driver.Device.BusId);
        if (options.Python is { } python) Try("PyTorch", () => peers = PyTorchPeers.Measure(python, options));
        foreach (GpuWorkload workload in GpuWorkloads.All.Where(workload => options.Includes(workload.Name)))
        {
            foreach (int replicas in options.Replicas)
            {
                string what = $"{workload.Title}, R = {replicas}";
                Try(what, () =>
                {
                    TrainingMeasurement taken = TrainingMeasurement.Take(driver, workload, replicas, options);
                    steps.Add(taken);
                    if (taken.RoundFailure is { } failure) failures.Add($"{what}, round: {failure}");
                });
            }
        }

        if (options.Includes("sort"))
        {
            Try("copy", () => bandwidth = SortMeasurement.CopyBandwidth(driver, copiedBytes, options));
            foreach (int power in options.SortPowers)
                Try($"sort, n = 2^{power}", () => sorts.Add(SortMeasurement.Take(driver, 1 << power, options)));
        }

        return Report();

        GpuReport Report() => new([.. machine, $"{clocks}"], command, steps, sorts, bandwidth, peers, failures);

        void Try(string what, Action measure)
        {
            Console.Error.WriteLine(what);
            try
            {
                measure();
            }
            catch (Exception failure) when (
                failure is CudaException or InvalidOperationException or Win32Exception or JsonException or IOException)
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
        $"IadNative {typeof(CudaDevice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}",
    ];
}
