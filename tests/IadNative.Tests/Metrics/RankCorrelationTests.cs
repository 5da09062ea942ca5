using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class RankCorrelationTests
{
    // By hand: ranks 1 2 3 4 5 and 2 1 4 3 5, so that 1 - 6*4/(5*24) = 0.8; with ties the Pearson correlation of average ranks.
    [TestCase("1 2 3 4 5", "2 1 4 3 5", 0.8)]
    [TestCase("1 2 3 4", "10 20 400 8000", 1.0)]
    [TestCase("1 2 3 4", "-1 -2 -3 -4", -1.0)]
    [TestCase("0 0 1 1", "0 1 0 1", 0.0)]
    [TestCase("0 0 1 2", "0 0 5 9", 1.0)]
    [TestCase("1 1 1 2", "1 2 2 2", 0.3333333333333333)]
    [TestCase("1 1 1", "1 2 3", double.NaN)]
    public void It_is_that_of_average_ranks(string a, string b, double expected) =>
        Assert.That(RankCorrelation.Compute(Numbers(a), Numbers(b)), Is.EqualTo(expected).Within(1e-15));

    [Test]
    public void Lengths_must_fit() => Assert.That(() => RankCorrelation.Compute([1], [1, 2]), Throws.ArgumentException);

    private static float[] Numbers(string text) =>
        [.. text.Split(' ').Select(number => float.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
