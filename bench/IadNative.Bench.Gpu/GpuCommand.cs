using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using IadNative.Cuda;
using IadNative.Cuda.Runtime;
using IadNative.Persistence;

namespace IadNative.Bench.Gpu;

/// <summary>Measures the CUDA engine, and afterwards PyTorch where there is one.</summary>
internal static class GpuCommand
{
    private const long CopiedBytes = 1L << 30;

    /// <param name="args">The arguments.</param>
    /// <param name="cuda">How CUDA is found; null for the defaults.</param>
    /// <returns>
    /// The exit code: 2 for a wrong command line, 1 where there is no device, nothing of it could be measured, or a file cannot be
    /// read or written.
    /// </returns>
    public static int Run(string[] args, CudaOptions? cuda = null)
    {
        if (args is ["--help"])
        {
            Console.WriteLine(GpuOptions.Usage);
            return 0;
        }

        try
        {
            GpuOptions options = GpuOptions.Parse(args);
            GpuReport report;
            if (options.Show is { } shown)
            {
                report = GpuReport.Read(shown);
                if (options.Out is not null) Save(report);
            }
            else
            {
                using NativeCudaDriver driver = NativeCudaDriver.Open(
                    options.Device, (cuda ?? new CudaOptions()) with { Warn = Console.Error.WriteLine });
                report = Measure(driver, options, CopiedBytes, $"IadNative.Bench.Gpu {string.Join(' ', args)}".TrimEnd(), Save);
            }

            if (options.Out is null) Console.Write(report);
            return report.IsEmpty ? 1 : 0;

            void Save(GpuReport soFar)
            {
                if (options.Json is not null && options.Show is null)
                    AtomicFile.Write(options.Json, stream => JsonSerializer.Serialize(stream, soFar, GpuJson.Default.GpuReport));
                if (options.Out is not null) AtomicFile.Write(options.Out, stream => stream.Write(Encoding.UTF8.GetBytes(soFar.ToString())));
            }
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(GpuOptions.Usage);
            return 2;
        }
        catch (Exception exception) when (
            exception is CudaUnavailableException or IOException or UnauthorizedAccessException or JsonException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    /// <summary>Measures all that the options ask for and the time allows.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="options">What, and how often.</param>
    /// <param name="copiedBytes">Bytes that are copied to learn the device's bandwidth.</param>
    /// <param name="command">What to print as the command.</param>
    /// <param name="save">Given the report at the start and after every measurement, so that nothing is lost.</param>
    internal static GpuReport Measure(
        ICudaDriver driver, GpuOptions options, long copiedBytes, string command, Action<GpuReport>? save = null)
    {
        var limit = new TimeLimit(options.SecondsLimit, options.Clock);
        var steps = new List<TrainingMeasurement>();
        var sorts = new List<SortMeasurement>();
        var failures = new List<string>();
        double? bandwidth = null;
        PyTorchPeers? peers = null;
        string[] machine = Describe(driver.Device);
        IReadOnlyList<string> environment = ArithmeticVariables.Describe(Environment.GetEnvironmentVariable);
        foreach (string variable in environment) Console.Error.WriteLine($"warning: {variable}");
        using var clocks = new DeviceClocks(driver.Device.BusId);
        List<(string Name, Action Measure)> plan = [];
        int begun = 0;
        plan.AddRange([.. Steps(), .. Sorts(), .. Peers()]);
        save?.Invoke(Report());
        while (begun < plan.Count && !limit.IsUsed)
        {
            (string name, Action measure) = plan[begun++];
            Console.Error.WriteLine(name);
            try
            {
                measure();
            }
            catch (Exception failure) when (
                failure is CudaException or InvalidOperationException or Win32Exception or JsonException or IOException)
            {
                Console.Error.WriteLine(failure.Message);
                failures.Add($"{name}: {failure.Message}");
            }

            save?.Invoke(Report());
        }

        if (begun < plan.Count) Console.Error.WriteLine($"The time is used; {plan.Count - begun} measurements are left out.");
        return Report();

        GpuReport Report() => new(
            [.. machine, $"{clocks}"], environment, command, [.. steps], [.. sorts], bandwidth, peers, [.. failures],
            [.. plan.Skip(begun).Select(measurement => measurement.Name)]);

        IEnumerable<(string Name, Action Measure)> Steps() =>
            from workload in GpuWorkloads.All
            where options.Includes(workload.Name)
            from replicas in options.Replicas
            let name = $"{workload.Title}, R = {replicas}"
            select (name, (Action)(() =>
            {
                TrainingMeasurement taken = TrainingMeasurement.Take(driver, workload, replicas, options);
                steps.Add(taken);
                if (taken.RoundFailure is { } failure) failures.Add($"{name}, round: {failure}");
            }));

        IEnumerable<(string Name, Action Measure)> Sorts()
        {
            if (!options.Includes("sort")) yield break;
            yield return ("copy", () => bandwidth = SortMeasurement.CopyBandwidth(driver, copiedBytes, options));
            foreach (int power in options.SortPowers)
                yield return ($"sort, n = 2^{power}", () => sorts.Add(SortMeasurement.Take(driver, 1 << power, options)));
        }

        IEnumerable<(string Name, Action Measure)> Peers()
        {
            if (options.Python is not { } python) yield break;
            yield return ("PyTorch", () => PyTorchPeers.Measure(python, options, limit, measured =>
            {
                peers = measured;
                save?.Invoke(Report());
            }));
        }
    }

    /// <summary>A device and what drives it, line by line.</summary>
    internal static string[] Describe(CudaDeviceInfo device) =>
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"{device.Name}, compute capability {device.ComputeMajor}.{device.ComputeMinor}, {device.Multiprocessors} multiprocessors, {device.TotalMemory / 1e9:F0} GB; driver for CUDA {device.DriverVersion}, NVRTC {device.CompilerVersion}, cuBLAS {device.BlasVersion}"),
        $"IadNative {typeof(CudaDevice).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}",
    ];
}
