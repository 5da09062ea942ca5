using System.ComponentModel;
using System.Text;
using System.Text.Json;
using IadNative.Bench.Versus;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;
using IadNative.Cuda.Runtime;
using IadNative.Persistence;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>Climbs the ladder of kernels/README.md: counts the code of every rung, and times it where there is a GPU.</summary>
internal static class LabCommand
{
    /// <param name="args">The arguments, without the command's name.</param>
    /// <param name="cuda">How CUDA is found; null for the defaults.</param>
    /// <returns>
    /// The exit code: 2 for a wrong command line, 1 where nothing could be counted or timed, or a file cannot be read or written.
    /// </returns>
    public static int Run(string[] args, CudaOptions? cuda = null)
    {
        if (args is ["--help"])
        {
            Console.WriteLine(LabOptions.Usage);
            return 0;
        }

        try
        {
            LabOptions options = LabOptions.Parse(args);
            LabReport report;
            if (options.Gpu.Show is { } shown)
            {
                report = LabReport.Read(shown);
                if (options.Gpu.Out is not null) Save(report);
            }
            else
            {
                using NativeCudaDriver? driver = Open(LabRung.Graphs);
                bool canOverlap = driver is not null && options.Rungs.Contains(LabRung.Overlap) && DependentLaunch.Obstacle(driver.Device) is null;
                using NativeCudaDriver? overlapping = canOverlap ? Open(LabRung.Overlap) : null;
                report = Measure(driver, overlapping, options, $"IadNative.Bench.Gpu lab {string.Join(' ', args)}".TrimEnd(), Save);
            }

            if (options.Gpu.Out is null) Console.Write(report);
            return report.IsEmpty ? 1 : 0;

            NativeCudaDriver? Open(LabRung rung)
            {
                try
                {
                    return NativeCudaDriver.Open(options.Gpu.Device, (cuda ?? new CudaOptions()) with
                    {
                        Warn = Console.Error.WriteLine,
                        Sources = LabSources.Of(rung),
                        UseOverlap = rung == LabRung.Overlap,
                    });
                }
                catch (CudaUnavailableException missing)
                {
                    Console.Error.WriteLine($"Nothing is timed. {missing.Message}");
                    return null;
                }
            }

            void Save(LabReport soFar)
            {
                if (options.Gpu.Json is { } json && options.Gpu.Show is null)
                    AtomicFile.Write(json, stream => JsonSerializer.Serialize(stream, soFar, GpuJson.Default.LabReport));
                if (options.Gpu.Out is { } page) AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(soFar.ToString())));
            }
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(LabOptions.Usage);
            return 2;
        }
        catch (Exception exception) when (exception is CudaException or IOException or UnauthorizedAccessException or JsonException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    /// <summary>Counts and times all that the options ask for and the time allows.</summary>
    /// <param name="driver">The device; null for none, so that nothing is timed.</param>
    /// <param name="overlapping">The same with <see cref="CudaOptions.UseOverlap"/>; null where it cannot.</param>
    /// <param name="options">What, and how often.</param>
    /// <param name="command">What to print as the command.</param>
    /// <param name="save">Given the report at the start and after every measurement, so that nothing is lost.</param>
    internal static LabReport Measure(
        ICudaDriver? driver, ICudaDriver? overlapping, LabOptions options, string command, Action<LabReport>? save = null)
    {
        GpuOptions gpu = options.Gpu;
        var limit = new TimeLimit(gpu.SecondsLimit, gpu.Clock);
        List<LabCode> codes = [];
        List<LabStep> steps = [];
        List<LabPhases> phases = [];
        List<string> failures = [];
        if (driver is not null && overlapping is null && options.Rungs.Contains(LabRung.Overlap))
            failures.Add($"{LabRungs.Title(LabRung.Overlap)}: {DependentLaunch.Obstacle(driver.Device) ?? "the device could not be opened a second time"}");
        PyTorchPeers? peers = null;
        string[] machine = driver is null ? [] : GpuCommand.Describe(driver.Device);
        IReadOnlyList<string> environment = ArithmeticVariables.Describe(Environment.GetEnvironmentVariable);
        foreach (string variable in environment) Console.Error.WriteLine($"warning: {variable}");
        using DeviceClocks? clocks = driver is null ? null : new DeviceClocks(driver.Device.BusId);
        GpuWorkload[] workloads = [.. LabOptions.Workloads.Where(workload => gpu.Includes(workload.Name))];
        List<(string Name, Action Measure)> plan = [];
        int begun = 0;
        plan.AddRange([.. Times(), .. Phases(), .. Codes(), .. Peers()]);
        save?.Invoke(Report());
        while (begun < plan.Count && !limit.IsUsed)
        {
            (string name, Action measure) = plan[begun++];
            Console.Error.WriteLine(name);
            try
            {
                measure();
            }
            catch (Exception failure) when (failure is CudaException or InvalidOperationException or Win32Exception or JsonException or IOException
                or CudaUnavailableException or KernelCompilationException)
            {
                Console.Error.WriteLine(failure.Message);
                failures.Add($"{name}: {failure.Message}");
            }

            save?.Invoke(Report());
        }

        if (begun < plan.Count) Console.Error.WriteLine($"The time is used; {plan.Count - begun} measurements are left out.");
        return Report();

        LabReport Report() => new(
            clocks is null ? machine : [.. machine, $"{clocks}"], environment, command, [.. codes], [.. steps], [.. phases], peers, [.. failures],
            [.. plan.Skip(begun).Select(measurement => measurement.Name)]);

        IEnumerable<(string Name, Action Measure)> Times() => driver is null ? [] :
            from workload in workloads
            from replicas in gpu.Replicas
            from rung in options.Rungs
            where LabRungs.Has(rung, workload.Plan)
            let device = rung == LabRung.Overlap ? overlapping : driver
            where device is not null
            select ($"{workload.Title}, {LabRungs.Title(rung)}, R = {replicas}",
                (Action)(() => steps.Add(LabStep.Take(device, workload, rung, replicas, gpu))));

        IEnumerable<(string Name, Action Measure)> Phases() => driver is null || !options.Rungs.Contains(LabRung.Epoch) ? [] :
            from workload in workloads
            where DenseChain.In(workload.Plan) is not null
            select ($"{workload.Title}, phases", (Action)(() => phases.Add(LabPhases.Take(driver, workload))));

        IEnumerable<(string Name, Action Measure)> Codes()
        {
            string cuobjdump;
            try
            {
                cuobjdump = Shell.Find(options.Sass ?? "cuobjdump");
            }
            catch (Win32Exception missing)
            {
                failures.Add($"code: {missing.Message}");
                return [];
            }

            Lazy<CodeReader> all = Reader(LabRung.Graphs), ofOverlapping = Reader(LabRung.Overlap);
            return from workload in workloads
                   from rung in options.Rungs
                   where LabRungs.Has(rung, workload.Plan)
                   let reader = rung == LabRung.Overlap ? ofOverlapping : all
                   select ($"{workload.Title}, {LabRungs.Title(rung)}, code",
                       (Action)(() => codes.Add(LabCode.Read(reader.Value, workload, rung))));

            Lazy<CodeReader> Reader(LabRung rung) => new(() => new CodeReader(cuobjdump, LabSources.Of(rung)));
        }

        IEnumerable<(string Name, Action Measure)> Peers()
        {
            if (driver is null || gpu.Python is not { } python) yield break;
            GpuOptions own = gpu with { Only = [.. workloads.Select(workload => workload.Name)] };
            yield return ("PyTorch", () => PyTorchPeers.Measure(python, own, limit, measured =>
            {
                peers = measured;
                save?.Invoke(Report());
            }));
        }
    }
}
