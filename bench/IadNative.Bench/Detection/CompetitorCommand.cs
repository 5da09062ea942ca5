using System.Diagnostics;
using IadNative.Data;

namespace IadNative.Bench.Detection;

/// <summary>Seconds that a fit of each of the paper's robust competitors takes on Satellite, on one thread.</summary>
internal static class CompetitorCommand
{
    private const string Usage = """
        competitors [--models NAMES] [--seeds N | A-B] [--page FILE.md]
          --models NAMES  with commas; all that there are without it
          --seeds N       seeds 0 to N - 1, or from A to B; 5 without it
          --page FILE.md  the table, which is printed without it
        """;

    /// <summary>Measures, and writes the table.</summary>
    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var options = new CommandArguments(args, "--models", "--seeds", "--page");
            ulong[] seeds = options.Seeds("--seeds", otherwise: 5);
            string[]? names = options.List("--models");
            IReadOnlyList<BaseModel> models = CompetitorRow.Among(names is null ? BaseModel.All : [.. names.Select(BaseModel.Parse)]);
            Dataset data = SatelliteData.Read();
            string page = CompetitorPage.Write([.. models.Select(model => Measure(model, data, seeds))]);
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

    private static CompetitorRow Measure(BaseModel model, Dataset data, ulong[] seeds)
    {
        bool[] labels = data.Labels!;
        if (model is OneFlow flow) model = flow with { Alpha = labels.Count(label => label) / (double)data.Rows };

        // Once, so that the compiler is done with what the first one would wait for.
        Fit(seeds[0]);
        double[] seconds = new double[seeds.Length], aucs = new double[seeds.Length];
        for (int i = 0; i < seeds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            FitResult result = Fit(seeds[i]);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            aucs[i] = 100 * RocAuc.Compute([.. result.DetectorScores], labels);
        }

        return new CompetitorRow(model.Name, model.Title, seconds, aucs);

        FitResult Fit(ulong seed) => AnomalyDetector.Fit(data, new FitOptions
        {
            Model = model,
            Scaling = FeatureScaling.Standard,
            Threads = 1,
            Training = new TrainingOptions { Seed = seed },
        });
    }
}
