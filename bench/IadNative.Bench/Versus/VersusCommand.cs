using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using IadNative.Detectors;

namespace IadNative.Bench.Versus;

/// <summary>Measures the CPU engine beside TorchSharp and ONNX Runtime.</summary>
internal static class VersusCommand
{
    /// <returns>The exit code: 2 for a wrong command line, 1 where no peer did our work and a ratio is void.</returns>
    public static int Run(string[] args)
    {
        if (args is ["--help"])
        {
            Console.WriteLine(VersusOptions.Usage);
            return 0;
        }

        VersusOptions options;
        try
        {
            options = VersusOptions.Parse(args);
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(VersusOptions.Usage);
            return 2;
        }

        long start = Stopwatch.GetTimestamp();
        double? load = Machine.Load();
        Console.WriteLine($"{Machine.Describe()}; load {load}");
        Console.WriteLine("Building the peers; the first time brings half a gigabyte of packages.");
        PeerProcess.Build();

        var comparison = new Comparison(options);
        var rows = new List<ResultRow>();
        (Workload Workload, int Threads)[] work = [.. Workloads.All
            .Where(workload => options.Only.Count > 0 ? options.Only.Contains(workload.Name) : workload.Small || !options.Quick)
            .SelectMany(
                workload => options.Threads.Where(threads => threads <= workload.MostThreads),
                (workload, threads) => (workload, threads))];
        foreach ((Workload workload, int threads) in work)
        {
            string on = threads == 1 ? "1 thread" : $"{threads} threads";
            Console.WriteLine($"[{rows.Count + 1}/{work.Length}] {workload.Name}, {on}: {workload.Title}");
            Take([comparison.Measure(workload, threads)]);
        }

        if (options.IsFull || options.Only.Contains(ColdStart.Name))
        {
            Console.WriteLine($"{ColdStart.Name}: publishing");
            Take(new ColdStart(options).Measure());
        }

        Write(options, args, rows, comparison.Versions, load);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
        return rows.All(row => row.Best.Matches) ? 0 : 1;

        void Take(IReadOnlyList<ResultRow> measured)
        {
            rows.AddRange(measured);
            foreach (ResultRow row in measured) Console.WriteLine(Report.Line(row));
        }
    }

    private static void Write(
        VersusOptions options, string[] args, List<ResultRow> rows, IReadOnlyDictionary<string, string> peers, double? load)
    {
        var versions = new Dictionary<string, string>
        {
            ["IadNative"] = typeof(AnomalyDetector).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            [".NET"] = Environment.Version.ToString(),
        };
        foreach ((string name, string version) in peers) versions[name] = version;
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        IEnumerable<string> words = args.Select(word => word == options.Json ? Path.GetFileName(word) : word);
        string command = $"dotnet run -c Release --project bench/IadNative.Bench -- {string.Join(' ', words.Prepend("versus"))}";
        var report = new Report(today, command, Machine.Describe(), load, Machine.Load(), versions, rows);
        try
        {
            if (options.Json is not null) File.WriteAllText(options.Json, ResultJson.Write(report));
        }
        finally
        {
            if (options.IsPublished) Publish(report, today);
            else Console.WriteLine("The published results are left alone.");
        }
    }

    private static void Publish(Report report, DateOnly today)
    {
        string page = Path.Combine(
            Repository.Root, "bench", "results", string.Create(CultureInfo.InvariantCulture, $"cpu-{today:yyyy-MM}.md"));
        bool hasNotes = report.WritePage(page);
        Console.WriteLine($"Written: {page}");
        if (hasNotes) Console.WriteLine("WARNING: its notes are those of earlier results. Check that each still holds.");
    }
}
