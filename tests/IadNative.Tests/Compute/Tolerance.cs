namespace IadNative.Tests.Compute;

/// <summary>
/// How far float32 results may lie from the exact ones: twice the largest error of a naive float32 implementation of the same
/// formulas on the same tensor, plus 4 units in the last place of the tensor's largest magnitude. Sums over samples have no
/// natural order, and in one order the naive error of a small tensor can be zero by luck; so the naive results may come from
/// several orders.
/// </summary>
internal static class Tolerance
{
    public static void Check(ReadOnlySpan<float> actual, ReadOnlySpan<double> exact, float[][] naive, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(exact.Length), what);
        double naiveError = 0, magnitude = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            foreach (float[] result in naive) naiveError = Math.Max(naiveError, Math.Abs(result[i] - exact[i]));
            magnitude = Math.Max(magnitude, Math.Abs(exact[i]));
        }

        double tolerance = (2 * naiveError) + (4 * (MathF.BitIncrement((float)magnitude) - (float)magnitude));
        Assert.That(tolerance, Is.Not.NaN, what);
        for (int i = 0; i < exact.Length; i++)
        {
            if (!(Math.Abs(actual[i] - exact[i]) <= tolerance))
            {
                Assert.Fail(
                    $"{what}[{i}] is {actual[i]:r}, exactly {exact[i]:r}: {Math.Abs(actual[i] - exact[i]):g3} away; "
                    + $"allowed are {tolerance:g3}, the naive implementation was off by up to {naiveError:g3}.");
            }
        }
    }
}
