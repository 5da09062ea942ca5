using System.Globalization;
using System.Text;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Thresholds;

/// <summary><c>thresholds</c>: how well rules that see no labels set the threshold, by F1 over all sets of a folder.</summary>
internal static class ThresholdsCommand
{
    private const int MostRows = 10_000;

    private const string Usage = """
        thresholds --data DIR --scores DIR [--seeds N] [--out FILE] [--models NAMES]
          --data DIR      holds odds/ and adbench/; every .mat and .npz in them is a set, cut to 10,000 evenly spaced rows
          --scores DIR    keeps the scores of each fit, so that a run goes on where the last one ended
          --seeds N       runs per set and model; 1 unless given
          --out FILE      writes the tables there; without it they go to standard output
          --models NAMES  such as svdd,ae; all unless given
        """;

    public static int Run(string[] args)
    {
        string? data = null, scores = null, target = null;
        int seeds = 1;
        string[] models = [.. BaseModel.Names];
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            switch (args[i])
            {
                case "--data": data = args[i + 1]; break;
                case "--scores": scores = args[i + 1]; break;
                case "--out": target = args[i + 1]; break;
                case "--seeds": seeds = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                case "--models": models = args[i + 1].Split(','); break;
                default: scores = null; i = args.Length; break;
            }
        }

        if (data is null || scores is null)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        Directory.CreateDirectory(scores);
        ScoredSet[] sets = [.. Fit(data, scores, models, seeds)];
        string page = ThresholdReport.Write(sets, Machine.Describe());
        if (target is null) Console.Write(page);
        else File.WriteAllText(target, page, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return 0;
    }

    private static IEnumerable<ScoredSet> Fit(string folder, string scores, string[] models, int seeds)
    {
        string[] files = [.. ((string[])["odds", "adbench"]).SelectMany(part => Directory.GetFiles(Path.Combine(folder, part)))
            .Where(file => Path.GetExtension(file) is ".mat" or ".npz").OrderBy(file => new FileInfo(file).Length)];
        foreach (string file in files)
        {
            string set = Path.GetFileNameWithoutExtension(file);
            Dataset? data = null;
            foreach (string model in models)
            {
                for (ulong seed = 0; seed < (ulong)seeds; seed++)
                {
                    string kept = Path.Combine(scores, $"{set}-{model}-{seed}.scores");
                    if (!File.Exists(kept))
                    {
                        data ??= Cut(DatasetReader.Read(file, new DatasetReadOptions { Label = "y" }));
                        ScoredSet scored;
                        try
                        {
                            scored = Score(data, set, model, seed);
                        }
                        catch (TrainingFailedException exception)
                        {
                            Console.Error.WriteLine($"{set}, {model}, seed {seed} is left out: {exception.Message}");
                            continue;
                        }

                        scored.Write(kept + ".part");
                        File.Move(kept + ".part", kept, overwrite: true);
                        Console.Error.WriteLine(kept);
                    }

                    yield return ScoredSet.Read(kept, set, model, seed);
                }
            }
        }
    }

    private static ScoredSet Score(Dataset data, string set, string model, ulong seed)
    {
        var options = new FitOptions { Model = BaseModel.Parse(model), Training = new TrainingOptions { Seed = seed } };
        if (options.Model.HasBoundary) options = options with { Threshold = ThresholdRule.Radius };
        FitResult result = AnomalyDetector.Fit(data, options);
        AnomalyDetector detector = result.Detector;
        float[] scores = [.. result.DetectorScores!];
        bool[] labels = [.. data.Labels!];
        Array.Sort(scores, labels);
        float? boundary = detector.Options.Threshold == ThresholdRule.Radius ? detector.Threshold : null;
        return new ScoredSet(set, model, seed, scores, labels, boundary);
    }

    private static Dataset Cut(Dataset data)
    {
        if (data.Rows <= MostRows) return data;
        var values = new float[MostRows * data.Columns];
        var labels = new bool[MostRows];
        for (int i = 0; i < MostRows; i++)
        {
            int row = (int)((long)i * data.Rows / MostRows);
            data.Row(row).CopyTo(values.AsSpan(i * data.Columns));
            labels[i] = data.Labels![row];
        }

        return new Dataset(data.Name, values, MostRows, data.Columns, labels, data.FeatureNames);
    }
}
