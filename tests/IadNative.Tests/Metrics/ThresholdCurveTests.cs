using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class ThresholdCurveTests
{
    [Test]
    public void The_area_below_the_roc_curve_is_the_auc(
        [Values("distinct", "few", "equal", "ascending", "descending", "extremes")] string kind, [Values(2, 17, 501)] int n)
    {
        float[] scores = RankingTests.Scores(kind, n);
        bool[] isAnomaly = Labels(n);
        IReadOnlyList<(double X, double Y)> points = RocCurve.Points(scores, isAnomaly);
        double area = points.Zip(points.Skip(1), (a, b) => (b.X - a.X) * (a.Y + b.Y) / 2).Sum();
        Assert.Multiple(() =>
        {
            Assert.That(area, Is.EqualTo(RocAuc.Compute(scores, isAnomaly)).Within(1e-15 * n));
            Assert.That(points[0], Is.EqualTo((0.0, 0.0)));
            Assert.That(points[^1], Is.EqualTo((1.0, 1.0)));
            Assert.That(points, Has.Count.EqualTo(1 + scores.Select(score => score + 0f).Distinct().Count()));
        });
    }

    [Test]
    public void Precision_and_recall_are_those_of_counting(
        [Values("distinct", "few", "equal", "extremes")] string kind, [Values(2, 17, 128)] int n)
    {
        float[] scores = RankingTests.Scores(kind, n);
        bool[] isAnomaly = Labels(n);
        int anomalies = isAnomaly.Count(label => label);
        (double Recall, double Precision)[] expected =
        [
            .. scores.Distinct().OrderDescending().Select(threshold =>
            {
                int above = scores.Count(score => score >= threshold);
                int found = scores.Zip(isAnomaly).Count(pair => pair.First >= threshold && pair.Second);
                return ((double)found / anomalies, (double)found / above);
            }),
        ];
        Assert.That(PrecisionRecallCurve.Points(scores, isAnomaly), Is.EqualTo(expected));
    }

    [Test]
    public void Average_precision_of_a_known_order()
    {
        // From the top: anomaly, normal, anomaly, normal. Half the recall at precision 1, half at 2/3.
        IReadOnlyList<(double, double)> points = PrecisionRecallCurve.Points([4f, 3f, 2f, 1f], [true, false, true, false]);
        Assert.That(PrecisionRecallCurve.AveragePrecision(points), Is.EqualTo(0.5 + (0.5 * (2.0 / 3))).Within(1e-15));
        IReadOnlyList<(double, double)> tied = PrecisionRecallCurve.Points([1f, 1f, 1f, 1f], [true, false, false, false]);
        Assert.That(PrecisionRecallCurve.AveragePrecision(tied),
            Is.EqualTo(0.25), "without any order, precision is the share of anomalies");
    }

    [Test]
    public void What_cannot_be_drawn_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => RocCurve.Points([1f, 2f], [true, true]), Throws.ArgumentException);
            Assert.That(() => PrecisionRecallCurve.Points([1f, 2f], [false, false]), Throws.ArgumentException);
            Assert.That(() => RocCurve.Points([1f], [true, false]), Throws.ArgumentException);
            Assert.That(() => RocCurve.Points([1f, float.NaN], [true, false]), Throws.ArgumentException);
        });
    }

    private static bool[] Labels(int n)
    {
        var random = new System.Random(n);
        bool[] labels = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() < 0.3)];
        labels[0] = true;
        labels[^1] = false;
        return labels;
    }
}
