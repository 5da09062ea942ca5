using System.Diagnostics;
using IadNative.Detectors;

namespace IadNative.Bench.Detection;

/// <summary>
/// Fits detectors on the development sets, which may contain anomalies, and measures how well their scores of the same rows tell these
/// from the others. Labels enter the AUC and nothing else.
/// </summary>
internal static class DetectionCommand
{
    private const string Usage = """
        detection --out FILE.csv [--data DIR] [--detectors NAMES] [--sets NAMES] [--seeds N | A-B] [--threads N]
          --out FILE         receives a line per set, detector and seed as it goes; those that are there are passed over
          --data DIR         the folder of odds and adbench; without it that of IAD_DATA
          --detectors NAMES  with commas; all without it
          --sets NAMES       with commas, odds for the five of ODDS; all without it
          --seeds N          seeds 0 to N - 1, or from A to B; 3 without it
          --threads N        that may train; one per core without it
        """;

    /// <summary>Runs what is missing.</summary>
    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var options = new CommandArguments(args, "--out", "--data", "--detectors", "--sets", "--seeds", "--threads");
            string target = options.Required("--out");
            ulong[] seeds = options.Seeds("--seeds", otherwise: 3);
            int threads = options.Number("--threads", otherwise: 0);
            string[] detectors = options.List("--detectors") ?? [.. NamedDetectors.All.Keys];
            foreach (string detector in detectors) NamedDetectors.Find(detector, seed: 0, threads);
            Run(Chosen(DevelopmentSet.All(options["--data"]), options.List("--sets")), detectors, seeds, threads, target);
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(Usage);
            return 2;
        }
    }

    private static DevelopmentSet[] Chosen(IReadOnlyList<DevelopmentSet> all, string[]? names)
    {
        foreach (string name in names ?? [])
        {
            if (name != "odds" && all.All(set => set.Name != name))
                throw new FormatException($"There is no set {name}. There are {string.Join(", ", all.Select(set => set.Name))}.");
        }

        return [.. all.Where(set => names is null || names.Contains(set.Name) || (set.IsOdds && names.Contains("odds")))];
    }

    private static void Run(DevelopmentSet[] sets, string[] detectors, ulong[] seeds, int threads, string target)
    {
        HashSet<(string Set, string Detector, ulong Seed)> done = [.. DetectionRow.Read(target).Select(row => row.Key)];
        if (done.Count == 0) File.WriteAllText(target, DetectionRow.Header + "\n");
        foreach (DevelopmentSet set in sets)
        {
            Dataset? data = null;
            foreach ((string detector, ulong seed) in detectors.SelectMany(_ => seeds, (detector, seed) => (detector, seed)))
            {
                if (!done.Add((set.Name, detector, seed))) continue;
                data ??= set.Read();
                string line = Measure(data, set.Name, detector, seed, threads).ToCsv();
                File.AppendAllText(target, line + "\n");
                Console.WriteLine(line);
            }
        }
    }

    private static DetectionRow Measure(Dataset data, string set, string detector, ulong seed, int threads)
    {
        bool[] labels = data.Labels!;
        FitOptions options = NamedDetectors.Find(detector, seed, threads);
        long start = Stopwatch.GetTimestamp();
        try
        {
            FitResult result = AnomalyDetector.Fit(data, options);
            float[] scores = [.. result.DetectorScores];
            double auc = RocAuc.Compute(scores, labels);
            return new DetectionRow(set, detector, seed, 100 * auc, Stopwatch.GetElapsedTime(start).TotalSeconds)
            {
                Untrained = 100 * result.Untrained?.Mean,
                Base = 100 * result.Base?.Mean,
                Round = result.Detector.Round,
                Members = result.Detector.Members,
                Neutral = result.Detector.Content.Members.Count(IsNeutral),
                Distinct = scores.Distinct().Count(),
            };
        }
        catch (TrainingFailedException exception)
        {
            Console.Error.WriteLine($"{set}, {detector}, seed {seed} failed: {exception.Message}");
            return new DetectionRow(set, detector, seed, null, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    // A member whose scores of the training rows have no scale adds nothing.
    private static bool IsNeutral(DetectorMember member) => member is { Scale: MemberScale.Quartiles, Width: 0 };
}
