using System.Diagnostics;
using System.Globalization;

namespace IadNative.Bench.Detection;

/// <summary>
/// What a detector costs: seconds of a fit, and nanoseconds per row of scoring on one thread, over rows, features and members. One of
/// the three varies at a time; the others stay in the middle of theirs.
/// </summary>
internal static class CostCommand
{
    private const string Usage = """
        cost --detector NAME --out FILE.csv [--rows LIST] [--features LIST] [--members LIST] [--repetitions N] [--threads N]
             [--limit SECONDS] [--page FILE.md]
          --out FILE       receives a line per repetition as it goes; those that are there are passed over
          --rows LIST      1000,10000,100000 without it
          --features LIST  5,20,100 without it
          --members LIST   8,64,192 without it
          --repetitions N  3 without it
          --threads N      that may train; one per core without it. Rows are scored on one
          --limit SECONDS  nothing larger is fitted in a row of sizes after a fit that took more; 600 without it
          --page FILE.md   the table, which is printed without it
        """;

    private const int MostScored = 10_000;

    private static readonly CostCase s_warmUp = new(Rows: 1_000, Features: 5, Members: 8);

    /// <summary>Measures what is missing, and writes the table.</summary>
    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var options = new CommandArguments(
                args, "--detector", "--out", "--rows", "--features", "--members", "--repetitions", "--threads", "--limit", "--page");
            string detector = options.Required("--detector"), target = options.Required("--out");
            int threads = options.Number("--threads", otherwise: 0);
            NamedDetectors.Find(detector, seed: 0, threads);
            CostCase[][] sweeps = CostCase.Sweeps(
                options.Numbers("--rows", 1_000, 10_000, 100_000), options.Numbers("--features", 5, 20, 100), options.Numbers("--members", 8, 64, 192));
            Run(sweeps, detector, target, options.Number("--repetitions", otherwise: 3), threads, options.Number("--limit", otherwise: 600));
            string page = CostPage.Write(CostRow.Read(target), sweeps, detector);
            MeasuredPage.Write(page, options["--page"]);
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(Usage);
            return 2;
        }
    }

    private static void Run(CostCase[][] sweeps, string detector, string target, int repetitions, int threads, int limit)
    {
        bool isWarm = false;
        List<CostRow> done = [.. CostRow.Read(target)];
        if (done.Count == 0) File.WriteAllText(target, CostRow.Header + "\n");
        foreach (CostCase[] sweep in sweeps)
        {
            foreach (CostCase size in sweep)
            {
                for (int repetition = 0; repetition < repetitions; repetition++)
                {
                    if (done.Any(row => row.Detector == detector && row.Case == size && row.Repetition == repetition)) continue;

                    // Once, so that the compiler is done with what the first one would wait for.
                    if (!isWarm) Measure(detector, s_warmUp, repetition, threads);
                    isWarm = true;
                    CostRow measured = Measure(detector, size, repetition, threads);
                    done.Add(measured);
                    File.AppendAllText(target, measured.ToCsv() + "\n");
                    Console.Error.WriteLine(measured.ToCsv());
                }

                if (done.Any(row => row.Detector == detector && row.Case == size && row.FitSeconds > limit)) break;
            }
        }
    }

    private static CostRow Measure(string detector, CostCase size, int repetition, int threads)
    {
        Dataset data = SyntheticData.Create(size.Rows, size.Features, seed: (ulong)repetition);
        FitOptions options = NamedDetectors.WithMembers(NamedDetectors.Find(detector, (ulong)repetition, threads), size.Members);
        long start = Stopwatch.GetTimestamp();
        FitResult result = AnomalyDetector.Fit(data, options);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double auc = 100 * RocAuc.Compute([.. result.DetectorScores], data.Labels);
        return new CostRow(detector, size, repetition, result.Detector.Members, seconds, ScoringNanoseconds(result.Detector, data), auc);
    }

    // The fastest of some passes, which no other program slowed; at least a second of them in all.
    private static double ScoringNanoseconds(AnomalyDetector detector, Dataset data)
    {
        int count = Math.Min(MostScored, data.Rows);
        ReadOnlySpan<float> rows = data.Values.AsSpan(0, count * data.Columns);
        float[] scores = new float[count];
        double best = double.PositiveInfinity;
        long begin = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < 3 || Stopwatch.GetElapsedTime(begin).TotalSeconds < 1; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            detector.Score(rows, scores, threads: 1);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / count);
        }

        return best;
    }
}
