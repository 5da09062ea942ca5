namespace IadNative.Metrics;

/// <summary>
/// How many normal training rows score as high as a score or higher, in a table of a few hundred numbers, and the conformal p-value that
/// follows from it. Rows that stand apart from the rest, whose importance weights are next to 0, count for no more than the tail of the
/// others leads one to expect.
/// </summary>
internal sealed class NormalTail
{
    /// <summary>The most entries of a table: that of 2³¹ rows has fewer.</summary>
    public const int MostEntries = 2048;

    // The highest scores are all there; below, an entry has a fiftieth more rows above it than the next higher one.
    private const int ExactRanks = 100;
    private const double Growth = 1.02;

    private const int Bisections = 200;

    /// <summary>A table.</summary>
    /// <param name="scores">Scores, finite and strictly ascending, at least one.</param>
    /// <param name="masses">N of each: what rows of that score and higher ones count, not negative and not ascending.</param>
    /// <exception cref="ArgumentException">The numbers are not as said.</exception>
    public NormalTail(float[] scores, double[] masses)
    {
        if (scores.Length == 0 || scores.Length != masses.Length || scores.Length > MostEntries)
            throw new ArgumentException($"{scores.Length} scores and {masses.Length} masses are no table.", nameof(scores));
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i]) || !(masses[i] >= 0 && double.IsFinite(masses[i]))
                || (i > 0 && !(scores[i] > scores[i - 1] && masses[i] <= masses[i - 1])))
                throw new ArgumentException($"Entry {i} of the tail of the training scores is out of order or not finite.", nameof(scores));
        }

        (Scores, Masses) = (scores, masses);
    }

    /// <summary>Scores of training rows, ascending.</summary>
    public float[] Scores { get; }

    /// <summary>N of each of them.</summary>
    public double[] Masses { get; }

    /// <summary>
    /// The tail of training scores. Above c, the cut of <see cref="RootOtsu"/>, N(s) is the number of rows with that score or a higher
    /// one, but no more than E·exp(−λ(r(s) − r(c))), with r(s) = √(s − s_min): the exponential tail that λ, fitted by maximum likelihood to
    /// the m rows between the median and c, gives: E = m/(exp(λL) − 1), L = r(c) − r(median). Up to c, all rows count, those above c with
    /// N there. Where the density does not fall towards c, all rows count.
    /// </summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static NormalTail Of(ReadOnlySpan<float> sorted)
    {
        float cut = RootOtsu.Threshold(sorted);
        int rows = sorted.Length, above = 0;
        while (above < rows && sorted[rows - 1 - above] > cut) above++;
        (double rate, double expected) = Decay(sorted, cut, above);
        double least = sorted[0], cutRoot = Math.Sqrt(cut - least), kept = Math.Min(above, expected);
        return Table(sorted, (score, rank) => score <= cut ? rank - above + kept
            : double.IsFinite(expected) ? Math.Min(rank, expected * Math.Exp(-rate * (Math.Sqrt(score - least) - cutRoot)))
            : rank);
    }

    /// <summary>The tail of scores that all count: N(s) is their number from s upwards.</summary>
    /// <param name="sorted">The scores, ascending, all finite, at least one.</param>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static NormalTail OfAll(ReadOnlySpan<float> sorted)
    {
        SortedScores.Require(sorted);
        return Table(sorted, (_, rank) => rank);
    }

    /// <summary>
    /// p = (1 + N(s))/(1 + N(−∞)). Between two scores of the table N is that of the lower one, so that p is never too small by more than
    /// the table is exact.
    /// </summary>
    /// <param name="score">s; infinities are below and above all.</param>
    /// <returns>A number in (0, 1]; it never rises when the score rises.</returns>
    /// <exception cref="ArgumentException">The score is NaN.</exception>
    public double PValue(float score)
    {
        if (float.IsNaN(score)) throw new ArgumentException("The score is NaN; it must be a number.", nameof(score));
        int last = Quantiles.CountBelow(Scores, MathF.BitIncrement(score)) - 1;
        double mass = last < 0 ? Masses[0] : last == Scores.Length - 1 && Scores[last] != score ? 0 : Masses[last];
        return (1 + mass) / (1 + Masses[0]);
    }

    /// <summary>N of some of the scores, the highest and the lowest among them, from the score and how many are at or above it.</summary>
    private static NormalTail Table(ReadOnlySpan<float> sorted, Func<float, int, double> mass)
    {
        int rows = sorted.Length;
        List<float> scores = [];
        List<double> masses = [];
        for (int rank = 1; ;)
        {
            float score = sorted[rows - rank];
            int end = rank;
            while (end < rows && sorted[rows - end - 1] == score) end++;
            scores.Add(score);
            masses.Add(mass(score, end));
            if (end == rows) break;
            rank = end < ExactRanks ? end + 1 : (int)Math.Min(rows, Math.Ceiling(end * Growth));
        }

        scores.Reverse();
        masses.Reverse();
        return new NormalTail([.. scores], [.. masses]);
    }

    /// <summary>λ, and E, how many normal rows it lets expect above the cut; infinite where the density does not fall.</summary>
    private static (double Rate, double Expected) Decay(ReadOnlySpan<float> sorted, float cut, int above)
    {
        int middle = sorted.Length / 2, count = 0;
        double least = sorted[0], start = Math.Sqrt(sorted[middle] - least), length = Math.Sqrt(cut - least) - start, sum = 0;
        for (int i = middle; i < sorted.Length - above; i++)
        {
            if (sorted[i] <= sorted[middle]) continue;
            count++;
            sum += Math.Sqrt(sorted[i] - least) - start;
        }

        double mean = sum / count;
        if (!(length > 0 && mean > 0 && mean < length / 2)) return (0, double.PositiveInfinity);

        // The mean of a truncated exponential, 1/λ − L/(exp(λL) − 1), falls from L/2 to 0; the scale of λ is that of 1/L.
        double low = 0, high = 1 / mean;
        for (int step = 0; step < Bisections; step++)
        {
            double rate = (low + high) / 2;
            if ((1 / rate) - (length / (Math.Exp(rate * length) - 1)) > mean) low = rate;
            else high = rate;
        }

        return (high, count / (Math.Exp(high * length) - 1));
    }
}
