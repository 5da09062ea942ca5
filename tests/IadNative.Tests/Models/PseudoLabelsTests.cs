using IadNative.Models;

namespace IadNative.Tests.Models;

public sealed class PseudoLabelsTests
{
    [Test]
    public void Shares_are_rounded_down_as_the_decimals_are_written()
    {
        // 0.29·100 and 0.07·100 are below and above whole numbers in float64.
        Assert.That(new PseudoLabels(0.29, 1, 0.07, 1).In(100), Is.EqualTo(new PseudoLabels.Counts(29, 29, 7, 7)));
        Assert.That(new PseudoLabels(0.2, 1, 0.1, 1).In(6435), Is.EqualTo(new PseudoLabels.Counts(1287, 1287, 643, 643)));
    }

    [Test]
    public void Parts_are_parts_of_shares() =>
        Assert.That(new PseudoLabels(0.2, 0.8, 0.055, 0.9).In(6435), Is.EqualTo(new PseudoLabels.Counts(1287, 1029, 353, 317)));

    [Test]
    public void There_is_one_of_each_kind_at_least([Values(2, 3, 4, 9)] int rows) =>
        Assert.That(new PseudoLabels(0.3, 0.4, 0.06, 1).In(rows), Is.EqualTo(new PseudoLabels.Counts(Math.Max(1, rows * 3 / 10), 1, 1, 1)));

    [Test]
    public void Where_both_are_too_many_both_are_fewer_in_the_same_proportion()
    {
        PseudoLabels.Counts counts = new PseudoLabels(0.2, 0.8, 0.055, 0.9).In(1_000_000, most: 4096);
        Assert.That(counts, Is.EqualTo(new PseudoLabels.Counts(200_000, 3129, 55_000, 967)));
        Assert.That(counts.Drawn, Is.EqualTo(4096));
        Assert.That((double)counts.Anomalous / counts.Normal, Is.EqualTo(49_500.0 / 160_000).Within(0.001));
    }

    [Test]
    public void A_regression_has_points_for_the_round_that_takes_most([Values(4, 435, 6435, 7200, 100_000)] int rows)
    {
        var training = (ProcessTraining)new AutoencodingGaussianProcess().SelfTraining;
        int points = training.PointsOf(rows);
        Assert.That(points, Is.EqualTo(((AutoencodingGaussianProcess)new AutoencodingGaussianProcess().FilledFor(rows)).Points));
        Assert.That(points >= training.Initial.In(rows, ProcessTraining.MostPoints).Drawn, Is.True);
        Assert.That(points >= training.Later.In(rows, ProcessTraining.MostPoints).Drawn, Is.True);
        Assert.That(points is >= 2 and <= ProcessTraining.MostPoints, Is.True);
    }
}
