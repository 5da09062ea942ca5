namespace IadNative.Tests.Compute.Twin;

/// <summary>
/// Compares a gradient with central differences D(h) = (L(p + h) − L(p − h)) / 2h in float64.
/// <para>
/// The error of D(h) has two parts. Truncation is h²/6 · L‴; that of D(2h) is four times as large, so that
/// |D(2h) − D(h)| is three times the truncation of D(h), and bounds it without knowing L‴. Rounding is the error of L over
/// h; L is a sum whose rounding we put at 100 units in the last place of its magnitude S, so it is at most 100·ε·S/h. With
/// h = ∛ε the two are of the same order, ε^⅔. A step that crosses a kink (leaky ReLU at 0, hinge at R²) is told by the
/// branches taken, and skipped.
/// </para>
/// </summary>
internal static class CentralDifferences
{
    private const double Unit = 2.2204460492503131e-16;

    private static readonly double s_step = Math.Cbrt(Unit);

    /// <param name="loss">The loss at the current values, the magnitude of its terms, and the branches taken.</param>
    /// <param name="values">What is varied.</param>
    /// <param name="gradient">Its claimed gradient.</param>
    /// <param name="indices">Which entries to look at.</param>
    public static void Check(
        Func<(double Loss, double Magnitude, int Branches)> loss, double[] values, double[] gradient, int[] indices)
    {
        (_, double magnitude, int branches) = loss();
        double rounding = 100 * Unit * magnitude / s_step;
        double scale = indices.Max(i => Math.Abs(gradient[i])) + magnitude;
        int skipped = 0;
        foreach (int i in indices)
        {
            bool crossed = false;
            double difference = Difference(i, s_step), wide = Difference(i, 2 * s_step);
            if (crossed)
            {
                skipped++;
                continue;
            }

            double tolerance = Math.Abs(wide - difference) + rounding;
            Assert.That(tolerance, Is.LessThan(1e-6 * scale), $"the differences of entry {i} say nothing");
            Assert.That(Math.Abs(gradient[i] - difference), Is.LessThanOrEqualTo(tolerance), $"entry {i}: {gradient[i]:r} but {difference:r}");

            double Difference(int index, double step)
            {
                double value = values[index];
                values[index] = value + step;
                (double up, _, int upBranches) = loss();
                values[index] = value - step;
                (double down, _, int downBranches) = loss();
                values[index] = value;
                crossed |= upBranches != branches || downBranches != branches;
                return (up - down) / (2 * step);
            }
        }

        Assert.That(skipped, Is.LessThanOrEqualTo(indices.Length / 10), "entries too close to a kink");
    }

    /// <summary>Every entry of a short block; a fixed random choice from a long one.</summary>
    public static int[] Choose(int length, int most, int seed)
    {
        int[] all = [.. Enumerable.Range(0, length)];
        if (length <= most) return all;
        new System.Random(seed).Shuffle(all);
        return all[..most];
    }
}
