using System.Diagnostics;
using IadNative.Bench.Detection;
using IadNative.Bench.Versus;
using static System.FormattableString;

namespace IadNative.Bench.Refit;

/// <summary><c>refit</c>: what going on from a detector is good for on data that have drifted, beside that detector and a new one.</summary>
internal static class RefitCommand
{
    private const string Usage = """
        refit [--data DIR] [--sets NAMES] [--models NAMES] [--seeds N]
          --data DIR      holds odds/ and adbench/; otherwise the folder of IAD_DATA
          --sets NAMES    the five of ODDS, fault and pendigits unless given
          --models NAMES  auto,svdd,ae,maf,gaussian unless given
          --seeds N       3 unless given
        """;

    private static readonly (string Name, RefitOptions Options)[] s_refits =
    [
        ("refit", new RefitOptions()), ("whole epochs", new RefitOptions { EpochShare = 1 }), ("three rounds", new RefitOptions { Rounds = 3 }),
    ];

    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var arguments = new CommandArguments(args, "--data", "--sets", "--models", "--seeds");
            string[]? names = arguments.List("--sets");
            DevelopmentSet[] sets = [.. DevelopmentSet.All(arguments["--data"])
                .Where(set => names?.Contains(set.Name) ?? (set.IsOdds || set.Name is "fault" or "pendigits"))];
            Measure(sets, arguments.List("--models") ?? ["auto", "svdd", "ae", "maf", "gaussian"], arguments.Seeds("--seeds", 3));
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine($"{exception.Message}\n{Usage}");
            return 2;
        }
    }

    private static void Measure(DevelopmentSet[] sets, string[] models, ulong[] seeds)
    {
        Console.WriteLine(Invariant($"{sets.Length} sets, {seeds.Length} seeds, one thread. {Machine.Describe()}\n"));
        Console.WriteLine("| model | drift | set | as it was | new fit | refit | whole epochs | three rounds | s of new fit | s of refit | told |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (string model in models)
        {
            var means = DriftedHalves.Kinds.ToDictionary(kind => kind, _ => new List<double[]>());
            foreach (DevelopmentSet set in sets)
            {
                var halves = new DriftedHalves(set.Read());
                AnomalyDetector[] detectors = [.. seeds.Select(seed => AnomalyDetector.Fit(halves.Earlier, Options(model, seed)).Detector)];
                foreach (string kind in DriftedHalves.Kinds)
                {
                    Dataset later = halves.Later(kind);
                    double[][] runs = [.. detectors.Select(detector => Compare(detector, later, model))];
                    means[kind].Add(Mean(runs));
                    Console.WriteLine(Row(model, kind, set.Name, means[kind][^1]));
                }
            }

            foreach (string kind in DriftedHalves.Kinds) Console.WriteLine(Row(model, kind, "**mean**", Mean(means[kind])));
        }
    }

    private static double[] Compare(AnomalyDetector detector, Dataset later, string model)
    {
        long start = Stopwatch.GetTimestamp();
        AnomalyDetector fresh = AnomalyDetector.Fit(later, Options(model, detector.Seed)).Detector;
        double ofFit = Stopwatch.GetElapsedTime(start).TotalSeconds, ofRefit = 0;
        List<double> aucs = [Auc(detector, later), Auc(fresh, later)];
        foreach ((string name, RefitOptions options) in s_refits)
        {
            start = Stopwatch.GetTimestamp();
            AnomalyDetector refitted = detector.Refit(later, options with { Threads = 1 }).Detector;
            if (name == "refit") ofRefit = Stopwatch.GetElapsedTime(start).TotalSeconds;
            aucs.Add(Auc(refitted, later));
        }

        return [.. aucs, ofFit, ofRefit, detector.Drift(later).ShouldRefit ? 1 : 0];
    }

    private static FitOptions Options(string model, ulong seed) =>
        new() { Model = BaseModel.Parse(model), Threads = 1, Training = new TrainingOptions { Seed = seed } };

    private static double Auc(AnomalyDetector detector, Dataset data) => RocAuc.Compute(detector.Score(data), data.Labels!);

    private static double[] Mean(IReadOnlyList<double[]> rows) => [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(row => row[i]))];

    private static string Row(string model, string kind, string set, double[] values) => Invariant(
        $"| {model} | {kind} | {set} | {string.Join(" | ", values[..5].Select(auc => Invariant($"{100 * auc:F1}")))} | {values[5]:F3} | {values[6]:F3} | {100 * values[7]:F0}% |");
}
