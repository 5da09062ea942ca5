using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Bench.Detection;
using IadNative.Bench.Versus;
using static System.FormattableString;

namespace IadNative.Bench.Images;

/// <summary><c>images</c>: detectors on sets of images, of which one class is normal and a share are drawn from the others.</summary>
internal static class ImagesCommand
{
    private const string Usage = """
        images --out FILE [--data DIR] [--sets NAMES] [--detectors NAMES] [--classes CLASSES] [--percent SHARES] [--seeds N] [--threads N]
          --out FILE         a CSV file; what is in it is not measured again
          --data DIR         holds mnist/ and fashion-mnist/; otherwise the folder of IAD_DATA
          --sets NAMES       mnist,fashion-mnist unless given
          --detectors NAMES  auto,iforest,pca unless given; any model of iad fit
          --classes CLASSES  0 to 9 unless given
          --percent SHARES   20,10,5 unless given: how much of the data are anomalies
          --seeds N          3 unless given; 4-6 are the seeds from 4 to 6
          --threads N        1 unless given
        """;

    private const string Header = "set,percent,class,seed,detector,base,auc,seconds";

    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var arguments = new CommandArguments(args, "--out", "--data", "--sets", "--detectors", "--classes", "--percent", "--seeds", "--threads");
            Measure(arguments, arguments.Required("--out"));
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine($"{exception.Message}\n{Usage}");
            return 2;
        }
    }

    private static void Measure(CommandArguments arguments, string file)
    {
        string folder = arguments["--data"] ?? Environment.GetEnvironmentVariable("IAD_DATA") ?? throw new FormatException("--data is needed, or the variable IAD_DATA.");
        string[] detectors = arguments.List("--detectors") ?? ["auto", "iforest", "pca"];
        int[] classes = arguments.Numbers("--classes", [.. Enumerable.Range(0, 10)]), percents = [.. arguments.Numbers("--percent", 5, 10, 20).Reverse()];
        int threads = arguments.Number("--threads", 1);
        if (percents.Any(percent => percent is < 1 or > 99)) throw new FormatException("--percent: shares are from 1 to 99.");
        if (!File.Exists(file)) File.WriteAllText(file, Header + "\n");
        var known = new Dictionary<string, string>();
        foreach (string row in File.ReadLines(file).Skip(1).Where(IsWhole)) known[KeyOf(row)] = row;
        foreach (string set in arguments.List("--sets") ?? ["mnist", "fashion-mnist"])
        {
            Dataset all = DatasetReader.Read(Path.Combine(folder, set));
            foreach (int percent in percents)
            {
                foreach (ulong seed in arguments.Seeds("--seeds", 3))
                {
                    foreach (int normal in classes)
                    {
                        string[] left = [.. detectors.Where(detector => !known.ContainsKey(Invariant($"{set},{percent},{normal},{seed},{detector}")))];
                        if (left.Length == 0) continue;
                        Dataset data = Scenario.Contaminate(Scenario.WithNormal(all, [normal.ToString(CultureInfo.InvariantCulture)]), percent / 100.0, seed);
                        foreach (string detector in left)
                        {
                            string row = Invariant($"{set},{percent},{normal},{seed},{detector},") + Measure(data, detector, seed, threads);
                            File.AppendAllText(file, row + "\n");
                            known[KeyOf(row)] = row;
                            Console.Error.WriteLine(row);
                        }
                    }
                }
            }
        }

        Console.WriteLine(Page([.. known.Values]));
    }

    private static string Measure(Dataset data, string detector, ulong seed, int threads)
    {
        long start = Stopwatch.GetTimestamp();
        double? basis = null;
        double auc;
        if (detector == "iforest") auc = RocAuc.Compute(IsolationForest.Scores(data, seed), data.Labels!);
        else if (detector == "pca") auc = RocAuc.Compute(PrincipalComponents.Scores(data), data.Labels!);
        else
        {
            var options = new FitOptions { Model = BaseModel.Parse(detector), Threads = threads, Training = new TrainingOptions { Seed = seed } };
            FitResult result = AnomalyDetector.Fit(data, options);
            (basis, auc) = (result.Base!.Mean, result.Iad!.Mean);
        }

        return Invariant($"{basis:F4},{auc:F4},{Stopwatch.GetElapsedTime(start).TotalSeconds:F1}");
    }

    // The last one may have been cut off.
    private static bool IsWhole(string row) =>
        row.Split(',') is { Length: 8 } cells && double.TryParse(cells[6], NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        && double.TryParse(cells[7], NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string KeyOf(string row) => string.Join(',', row.Split(',')[..5]);

    // A row a detector and a column a share of anomalies; of each set a table.
    private static string Page(string[] rows)
    {
        var text = new StringBuilder();
        foreach (IGrouping<string, string[]> set in rows.Select(row => row.Split(',')).GroupBy(row => row[0]))
        {
            string[] percents = [.. set.Select(row => row[1]).Distinct().OrderByDescending(int.Parse)];
            text.Append(CultureInfo.InvariantCulture, $"\n{set.Key}\n\n| detector |{string.Concat(percents.Select(percent => $" {percent}%: Base | AUC |"))} s a fit | fits |\n");
            text.Append(CultureInfo.InvariantCulture, $"|---|{string.Concat(percents.Select(_ => "---|---|"))}---|---|\n");
            foreach (IGrouping<string, string[]> detector in set.GroupBy(row => row[4]))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {detector.Key} |");
                foreach (string percent in percents)
                {
                    string[][] cells = [.. detector.Where(row => row[1] == percent)];
                    text.Append(CultureInfo.InvariantCulture, $" {Mean(cells, 5)} | {Mean(cells, 6)} |");
                }

                text.Append(CultureInfo.InvariantCulture, $" {detector.Average(row => Number(row[7])):F1} | {detector.Count()} |\n");
            }
        }

        return text.Append(CultureInfo.InvariantCulture, $"\nMachine: {Machine.Describe()}, .NET {Environment.Version}.").ToString();
    }

    private static string Mean(string[][] cells, int column) =>
        cells.Length == 0 || cells[0][column].Length == 0 ? "" : Invariant($"{100 * cells.Average(row => Number(row[column])):F1}");

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
