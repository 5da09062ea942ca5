using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Networks;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Data;

/// <summary>What scaled training data look like, said of the data themselves: mean 0 and variance 1, or a range.</summary>
internal sealed class FeatureScalerTests
{
    [Test]
    public void Scaled_features_have_mean_0_and_population_variance_1([Values(2, 3, 7, 100)] int rows)
    {
        Dataset data = Table(rows);
        AssertStandard(data.Values, FeatureScaler.Fit(data));
    }

    [Test]
    public void Two_rows_become_minus_one_and_one()
    {
        FeatureScaler scaler = FeatureScaler.Fit(new Dataset("t", [1, 10, 3, 6], 2, 2));
        Assert.That(scaler.Offset, Is.EqualTo(new float[] { 2, 8 }));
        Assert.That(scaler.Scale, Is.EqualTo(new[] { 1, 0.5f }));
    }

    [Test]
    public void A_constant_feature_becomes_0()
    {
        FeatureScaler scaler = FeatureScaler.Fit(new Dataset("t", [0.1f, 1, 0.1f, 2, 0.1f, 3], 3, 2));
        Assert.That((scaler.Offset[0], scaler.Scale[0]), Is.EqualTo((0.1f, 0f)));
        scaler = FeatureScaler.FitRange(new Dataset("t", [0.1f, 1, 0.1f, 2, 0.1f, 3], 3, 2), range: 4);
        Assert.That((scaler.Offset[0], scaler.Scale[0]), Is.EqualTo((0.1f, 0f)));
    }

    [Test]
    public void A_range_is_met_by_each_feature_from_0_on([Values(1, 0.25, 6)] double range)
    {
        Dataset data = Table(50);
        FeatureScaler scaler = FeatureScaler.FitRange(data, range);
        for (int j = 0; j < data.Columns; j++)
        {
            double[] scaled = Scaled(data.Values, scaler, j, data.Columns);
            Assert.That(scaled.Min(), Is.Zero);
            Assert.That(scaled.Max(), Is.EqualTo(range).Within(range * Math.Pow(2, -23)));
        }
    }

    [Test]
    public void What_the_networks_see_of_a_table_has_mean_0_and_population_variance_1([Values] FeatureScaling scaling)
    {
        Dataset data = Table(90);
        DetectorContent content = AnomalyDetector.Fit(data, SyntheticData.Quick() with { Scaling = scaling }).Detector.Content;
        float[] prepared = new float[data.Values.Length];
        content.Preparation.Apply(data, 0, data.Rows, prepared);
        AssertStandard(prepared, content.Scaler);
        foreach (DetectorMember member in content.Members)
        {
            Assert.That(member.Scaler.Offset, Is.EqualTo(content.Scaler.Offset));
            Assert.That(member.Scaler.Scale, Is.EqualTo(content.Scaler.Scale));
        }
    }

    [Test]
    public void Robust_scaling_brings_the_median_to_0_and_the_middle_half_to_that_of_a_normal_distribution()
    {
        Dataset data = Table(90);
        RowPreparation preparation = PreparationFit.Run(data, FeatureScaling.Robust, Imputation.None, out _);
        for (int j = 0; j < data.Columns; j++)
        {
            double[] sorted =
                [.. Enumerable.Range(0, data.Rows).Select(i => (data.Row(i)[j] - preparation.Center[j]) * preparation.Scale[j]).Order()];
            Assert.That(Quantile(sorted, 0.5), Is.Zero.Within(1e-12));
            Assert.That(Quantile(sorted, 0.75) - Quantile(sorted, 0.25), Is.EqualTo(1.348980).Within(1e-12));
        }
    }

    [Test]
    public void Standard_scaling_changes_no_cell_before_that()
    {
        RowPreparation preparation = PreparationFit.Run(Table(90), FeatureScaling.Standard, Imputation.None, out _);
        Assert.That(preparation.Center, Is.All.Zero);
        Assert.That(preparation.Scale, Is.All.EqualTo(1));
    }

    [Test]
    public void Members_scale_the_columns_of_their_own()
    {
        Dataset data = Table(120);
        FitOptions options = SyntheticData.Quick() with
        {
            Scaling = FeatureScaling.Standard,
            Families =
            [
                new() { Network = new NetworkSpec(3, 2), ColumnsPerMember = 2, Count = 3 },
                new() { Network = new NetworkSpec(3, 2), ColumnsPerMember = 2, Count = 3, Range = 2 },
                new() { Network = new NetworkSpec(3, 2), Columns = [3, 1] },
            ],
            MemberScale = MemberScale.Quartiles,
        };
        IReadOnlyList<DetectorMember> members = AnomalyDetector.Fit(data, options).Detector.Content.Members;
        Assert.That(members, Has.Count.EqualTo(7));
        for (int k = 0; k < members.Count; k++)
        {
            int[] columns = members[k].Features!;
            float[] own = [.. Enumerable.Range(0, data.Rows).SelectMany(i => columns.Select(column => data.Row(i)[column]))];
            if (k is < 3 or 6)
            {
                AssertStandard(own, members[k].Scaler);
                continue;
            }

            for (int j = 0; j < columns.Length; j++)
            {
                double[] scaled = Scaled(own, members[k].Scaler, j, columns.Length);
                Assert.That((scaled.Min(), scaled.Max()), Is.EqualTo((0.0, 2.0)).Within(1e-6));
            }
        }
    }

    [Test]
    public void Images_lie_between_0_and_1_on_one_scale_once_each_is_normalised([Values] ImageNormalization normalization)
    {
        var random = new System.Random(5);
        var images = new Dataset("i", [.. Enumerable.Range(0, 30 * 16).Select(_ => (float)random.Next(256))], 30, 16);
        Dataset normalized = new ImageNormalizer(normalization, new ImageShape(4, 4)).Apply(images);
        for (int i = 0; i < images.Rows; i++)
        {
            float[] image = [.. normalized.Row(i)];
            if (normalization != ImageNormalization.SmoothContrast)
                Assert.That(image.Average(x => Math.Abs((double)x)), Is.EqualTo(1).Within(1e-6), "mean of the absolute values");
            if (normalization == ImageNormalization.GlobalContrast) Assert.That(image.Average(x => (double)x), Is.Zero.Within(1e-6));
        }

        FeatureScaler scaler = FeatureScaler.FitRange(normalized);
        double[] scaled = [.. normalized.Values.Select(x => ((double)x - scaler.Offset[0]) * scaler.Scale[0])];
        Assert.That((scaler.Offset, scaler.Scale), Is.EqualTo((Enumerable.Repeat(scaler.Offset[0], 16), Enumerable.Repeat(scaler.Scale[0], 16))));
        Assert.That((scaled.Min(), scaled.Max()), Is.EqualTo((0.0, 1.0)).Within(1e-7));
    }

    // The offset is off by half a unit in its last place, and so is the scale.
    private static void AssertStandard(float[] values, FeatureScaler scaler)
    {
        double unit = Math.Pow(2, -24);
        int columns = scaler.Offset.Length;
        for (int j = 0; j < columns; j++)
        {
            double[] scaled = Scaled(values, scaler, j, columns);
            double mean = scaled.Average(), variance = scaled.Average(z => (z - mean) * (z - mean));
            double offset = Math.Abs((double)scaler.Offset[j] * scaler.Scale[j]);
            Assert.That(Math.Abs(mean) <= (unit * offset) + 1e-12, $"mean of {j}");
            Assert.That(Math.Abs(variance - 1) <= 4 * unit, $"variance of {j}");
        }
    }

    private static double[] Scaled(float[] values, FeatureScaler scaler, int column, int columns) =>
        [.. Enumerable.Range(0, values.Length / columns)
            .Select(i => ((double)values[(i * columns) + column] - scaler.Offset[column]) * scaler.Scale[column])];

    private static double Quantile(double[] sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int left = (int)position;
        return sorted[left] + ((sorted[Math.Min(left + 1, sorted.Length - 1)] - sorted[left]) * (position - left));
    }

    /// <summary>Columns of different means, widths and skews.</summary>
    private static Dataset Table(int rows)
    {
        var random = new System.Random(rows);
        return new Dataset("t", [.. Enumerable.Range(0, rows).SelectMany(_ => (float[])
        [
            random.NextSingle(), -500 + (40 * random.NextSingle()), 1e-3f * random.NextSingle(), 1e5f + (1e4f * random.NextSingle()),
            MathF.Exp(5 * random.NextSingle()),
        ])], rows, 5);
    }
}
