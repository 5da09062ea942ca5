using IadNative.Tests.Detectors;

namespace IadNative.Tests.Hosting;

/// <summary>Detectors to serve: two of the same columns that score differently, and one of other columns.</summary>
internal static class ServedDetectors
{
    private static readonly Lazy<AnomalyDetector> s_first = new(() => Fit(6, 17)), s_second = new(() => Fit(6, 18)), s_wider = new(() => Fit(7, 17)),
        s_unclipped = new(() => Fit(6, 17, FeatureScaling.Standard));

    public static AnomalyDetector First => s_first.Value;

    public static AnomalyDetector Second => s_second.Value;

    public static AnomalyDetector Wider => s_wider.Value;

    /// <summary>One whose scores grow without bound.</summary>
    public static AnomalyDetector Unclipped => s_unclipped.Value;

    public static float[] Row { get; } = [0.5f, 1, 2.5f, 3, 4, 5];

    /// <summary>A number, a category of two levels, and a feature that never moves.</summary>
    public static AnomalyDetector WithCategory(Imputation imputation = Imputation.None)
    {
        var random = new System.Random(3);
        float[] values = [.. Enumerable.Range(0, 200).SelectMany(row => (float[])[random.NextSingle(), row % 2, 3.25f])];
        FeatureColumn[] columns = [new("a"), new("side", FeatureKind.Category) { Levels = ["left", "right"] }, new("fixed")];
        FitOptions options = SyntheticData.Quick() with { Imputation = imputation };
        return AnomalyDetector.Fit(new Dataset("t", new IadNative.Data.TableValues(values), 200, columns, null, true), options).Detector;
    }

    private static AnomalyDetector Fit(int d, ulong seed, FeatureScaling scaling = FeatureScaling.Robust)
    {
        FitOptions options = SyntheticData.Quick() with { Scaling = scaling };
        return AnomalyDetector.Fit(SyntheticData.Contaminated(n: 120, d: d), options with { Training = options.Training with { Seed = seed } }).Detector;
    }
}
