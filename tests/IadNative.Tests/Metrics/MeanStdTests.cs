using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class MeanStdTests
{
    [Test]
    public void The_deviation_is_that_of_the_population() =>
        Assert.That(MeanStd.Of([2, 4, 4, 4, 5, 5, 7, 9]), Is.EqualTo(new MeanStd(5, 2)));

    [Test]
    public void One_value_and_equal_values_have_exactly_no_deviation()
    {
        Assert.That(MeanStd.Of([0.1]), Is.EqualTo(new MeanStd(0.1, 0)));
        Assert.That(MeanStd.Of([0.1, 0.1, 0.1]), Is.EqualTo(new MeanStd(0.1, 0)));
    }

    [Test]
    public void A_small_deviation_on_a_large_mean_survives()
    {
        MeanStd result = MeanStd.Of([1e9 + 1, 1e9 + 2, 1e9 + 3]);
        Assert.That(result.Mean, Is.EqualTo(1e9 + 2));
        Assert.That(result.Std, Is.EqualTo(Math.Sqrt(2.0 / 3)).Within(1e-15));
    }

    [Test]
    public void Arguments_that_make_no_sense_are_refused()
    {
        foreach (double[] values in new double[][] { [], [double.NaN], [1, double.NaN], [double.PositiveInfinity] })
        {
            Assert.That(() => MeanStd.Of(values), Throws.ArgumentException);
        }
    }
}
