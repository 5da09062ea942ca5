namespace IadNative.Tests.Metrics;

public sealed class ThresholdQualityTests
{
    private static readonly float[] s_scores = [1, 5, 2, 4, 3];
    private static readonly bool[] s_labels = [false, true, true, false, true];

    [TestCase(2.5f, 3, 2, 2.0 / 3, 2.0 / 3, 2.0 / 3)]
    [TestCase(0f, 5, 3, 0.6, 1.0, 0.75)]
    [TestCase(4f, 1, 1, 1.0, 1.0 / 3, 0.5)]
    [TestCase(5f, 0, 0, null, 0.0, 0.0)]
    public void It_counts_what_lies_above(float threshold, int flagged, int hits, double? precision, double? recall, double? f1)
    {
        var quality = ThresholdQuality.Of(s_scores, s_labels, threshold);
        Assert.That(quality, Is.EqualTo(new ThresholdQuality(flagged, hits, 3)));
        Assert.That((quality.Precision, quality.Recall, quality.F1), Is.EqualTo((precision, recall, f1)));
    }

    [Test]
    public void Without_anomalies_there_is_no_recall()
    {
        var quality = ThresholdQuality.Of([1, 2], [false, false], 5);
        Assert.That((quality.Precision, quality.Recall, quality.F1), Is.EqualTo(((double?)null, (double?)null, (double?)null)));
    }

    [Test]
    public void What_cannot_be_counted_is_refused()
    {
        Assert.That(() => ThresholdQuality.Of([1], [], 0), Throws.ArgumentException);
        Assert.That(() => ThresholdQuality.Of([float.NaN], [true], 0), Throws.ArgumentException);
        Assert.That(() => ThresholdQuality.Of([1], [true], float.NaN), Throws.ArgumentException);
    }
}
