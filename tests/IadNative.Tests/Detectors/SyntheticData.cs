using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

/// <summary>Small contaminated data and fits that take a fraction of a second.</summary>
internal static class SyntheticData
{
    /// <summary>
    /// Normal samples on a two-dimensional plane in d dimensions, with a little noise; the last tenth are anomalies, wide
    /// and off the plane.
    /// </summary>
    public static Dataset Contaminated(int n = 300, int d = 6, int seed = 1)
    {
        var random = new System.Random(seed);
        float[] values = new float[n * d];
        bool[] labels = new bool[n];
        for (int i = 0; i < n; i++)
        {
            labels[i] = i >= n - (n / 10);
            double a = Gaussian(random), b = Gaussian(random);
            for (int j = 0; j < d; j++)
            {
                double normal = (a * Math.Cos(j)) + (b * Math.Sin(2 * j)) + (0.1 * Gaussian(random));
                values[(i * d) + j] = (float)((labels[i] ? 4 * Gaussian(random) : normal) + j);
            }
        }

        return new Dataset("synthetic", values, n, d, labels);
    }

    public static Dataset WithLabels(Dataset data, bool[]? labels) =>
        new(data.Name, data.Values, data.Rows, data.Columns, labels, data.AreFeaturesNamed ? data.FeatureNames : null);

    /// <summary>Four rounds of six epochs on a small network.</summary>
    public static FitOptions Quick(BaseModel? model = null, int threads = 1) => new()
    {
        Model = model ?? BaseModel.OneClassSvdd,
        Network = new NetworkSpec(9, 5, 3).On(model ?? BaseModel.OneClassSvdd),
        Threads = threads,
        Training = new TrainingOptions { Rounds = 3, Epochs = 6, BatchSize = 32, Seed = 17 },
    };

    public static byte[] Saved(this AnomalyDetector detector)
    {
        using var stream = new MemoryStream();
        detector.Save(stream);
        return stream.ToArray();
    }

    public static AnomalyDetector Loaded(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return AnomalyDetector.Load(stream, "model");
    }

    /// <summary>Everything that is reported of a run but the time it took, for comparison to the bit.</summary>
    public static string Fingerprint(RunReport run) => string.Join('\n',
        run.Rounds.Select(round => (round with { Seconds = 0 }).ToString())
            .Append($"{run.Seed} {run.UntrainedAuc} {run.SelectedRound} {run.Frozen} {string.Join(' ', run.SelectedBy)}"));

    private static double Gaussian(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
