using IadNative.Metrics;

namespace IadNative.Bench.Thresholds;

/// <summary>Rules that set a threshold from ascending training scores alone, and two that ask the labels, to compare with.</summary>
internal static class Candidates
{
    private const double NormalConsistency = 1.4826;

    /// <summary>Rules by name.</summary>
    public static IReadOnlyList<(string Name, Func<ScoredSet, double> Threshold)> All { get; } =
    [
        ("true share", TrueShare),
        ("best F1", BestF1),
        ("share 0.05", set => Share(set.Sorted, 0.05)),
        ("share 0.1", set => Share(set.Sorted, 0.1)),
        ("share 0.2", set => Share(set.Sorted, 0.2)),
        ("boundary", set => set.Boundary ?? double.NaN),
        ("otsu", set => Otsu.Threshold(set.Sorted, out _)),
        ("otsu log", set => On(set, Log, OtsuCut)),
        ("otsu shifted log", set => On(set, ShiftedLog, OtsuCut)),
        ("otsu root", set => On(set, ShiftedRoot, OtsuCut)),
        ("otsu above median", set => On(set, Same, OtsuAbove)),
        ("otsu above median, log", set => On(set, Log, OtsuAbove)),
        ("otsu above median, shifted log", set => On(set, ShiftedLog, OtsuAbove)),
        ("root-otsu", set => ThresholdRule.RootOtsu.Set(set.Sorted)),
        .. new[] { 2.0, 2.5, 3, 3.5 }.SelectMany(k => ((string, Func<ScoredSet, double>)[])
        [
            ($"mad {k}", set => On(set, Same, sorted => Mad(sorted, k))),
            ($"mad {k}, log", set => On(set, Log, sorted => Mad(sorted, k))),
            ($"mad {k}, shifted log", set => On(set, ShiftedLog, sorted => Mad(sorted, k))),
            ($"mad {k}, root", set => On(set, ShiftedRoot, sorted => Mad(sorted, k))),
        ]),
        .. new[] { 1.0, 1.5, 2, 3 }.SelectMany(k => ((string, Func<ScoredSet, double>)[])
        [
            ($"tukey {k}", set => On(set, Same, sorted => Tukey(sorted, k))),
            ($"tukey {k}, log", set => On(set, Log, sorted => Tukey(sorted, k))),
            ($"tukey {k}, shifted log", set => On(set, ShiftedLog, sorted => Tukey(sorted, k))),
        ]),
        .. new[] { 0.5, 1, 1.5, 2, 3, 4, 6 }.Select(k =>
            ($"weight e^-{4 * k}", (Func<ScoredSet, double>)(set => Exponent(set.Sorted, k)))),
        ("otsu weights", set => On(set, Weights, OtsuCut)),
        ("two gaussians, log", set => On(set, Log, Mixture)),
        ("two gaussians, shifted log", set => On(set, ShiftedLog, Mixture)),
        ("knee", set => On(set, Same, Knee)),
        ("knee, shifted log", set => On(set, ShiftedLog, Knee)),
    ];

    /// <summary>Maps the scores, finds a cut among them, and takes the middle of the scores on its two sides.</summary>
    private static double On(ScoredSet set, Func<ScoredSet, double[]> map, Func<double[], double> cut)
    {
        double[] mapped = map(set);
        double threshold = cut(mapped);
        int below = mapped.Count(value => value <= threshold);
        return below == 0 ? set.Sorted[0] - 1 : below == mapped.Length ? set.Sorted[^1] : set.Sorted[below - 1];
    }

    private static double[] Same(ScoredSet set) => [.. set.Sorted.Select(score => (double)score)];

    // A flow's score is a logarithm.
    private static double[] Log(ScoredSet set) =>
        set.Model == "maf" ? Same(set) : [.. set.Sorted.Select(score => Math.Log(Math.Max(score, 1e-30f)))];

    private static double[] Scaled(ScoredSet set)
    {
        double low = set.Sorted[0], median = Quantiles.Linear(set.Sorted, 0.5), width = median > low ? median - low : 1;
        return [.. set.Sorted.Select(score => (score - low) / width)];
    }

    private static double[] ShiftedLog(ScoredSet set) => [.. Scaled(set).Select(value => Math.Log(1 + value))];

    private static double[] ShiftedRoot(ScoredSet set) => [.. Scaled(set).Select(Math.Sqrt)];

    private static double[] Weights(ScoredSet set) => [.. Scaled(set).Select(value => -1 / (1 + Math.Exp(4 * (value - 1))))];

    private static double TrueShare(ScoredSet set) =>
        set.Anomalies == set.Sorted.Length ? double.NaN : set.Sorted[set.Sorted.Length - set.Anomalies - 1];

    private static double BestF1(ScoredSet set)
    {
        double best = -1, threshold = double.NaN;
        int hits = 0;
        for (int k = set.Sorted.Length - 1; k > 0; k--)
        {
            if (set.IsAnomaly[k]) hits++;
            if (set.Sorted[k - 1] == set.Sorted[k]) continue;
            double f1 = 2.0 * hits / (set.Sorted.Length - k + set.Anomalies);
            if (f1 > best) (best, threshold) = (f1, set.Sorted[k - 1]);
        }

        return threshold;
    }

    private static double Share(float[] sorted, double share) =>
        sorted[Math.Max(0, sorted.Length - (int)Math.Round(share * sorted.Length) - 1)];

    private static double Quantile(double[] sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int left = (int)position;
        return sorted[left] + ((sorted[Math.Min(left + 1, sorted.Length - 1)] - sorted[left]) * (position - left));
    }

    private static double OtsuCut(double[] sorted)
    {
        double total = sorted.Sum(), low = 0, best = double.NegativeInfinity, cut = sorted[^1];
        for (int k = 1; k < sorted.Length; k++)
        {
            low += sorted[k - 1];
            if (sorted[k - 1] == sorted[k]) continue;
            double difference = (low / k) - ((total - low) / (sorted.Length - k));
            double between = difference * difference * k * (sorted.Length - k);
            if (between > best) (best, cut) = (between, sorted[k - 1]);
        }

        return cut;
    }

    private static double OtsuAbove(double[] sorted) => OtsuCut(sorted[(sorted.Length / 2)..]);

    private static double Mad(double[] sorted, double k)
    {
        double median = Quantile(sorted, 0.5);
        double[] deviations = [.. sorted.Select(value => Math.Abs(value - median)).Order()];
        return median + (k * NormalConsistency * Quantile(deviations, 0.5));
    }

    private static double Tukey(double[] sorted, double k)
    {
        double low = Quantile(sorted, 0.25), high = Quantile(sorted, 0.75);
        return high + (k * (high - low));
    }

    // Where the importance weight falls to exp(-4k), with the width below the median alone.
    private static double Exponent(float[] sorted, double k)
    {
        double median = Quantiles.Linear(sorted, 0.5);
        return median + (k * Math.Min(median - sorted[0], sorted[^1] - median));
    }

    private static double Knee(double[] sorted)
    {
        double low = sorted[0], height = sorted[^1] - low, best = double.NegativeInfinity, cut = sorted[^1];
        for (int k = 0; k < sorted.Length; k++)
        {
            double gain = ((double)k / (sorted.Length - 1)) - ((sorted[k] - low) / height);
            if (gain > best) (best, cut) = (gain, sorted[k]);
        }

        return cut;
    }

    // Expectation and maximisation from Otsu's cut; the point between the means where both components are as likely.
    private static double Mixture(double[] sorted)
    {
        double cut = OtsuCut(sorted);
        double[] low = [.. sorted.Where(value => value <= cut)], high = [.. sorted.Where(value => value > cut)];
        if (low.Length < 2 || high.Length < 2) return cut;
        (double Share, double Mean, double Variance) a = Moments(low, sorted.Length), b = Moments(high, sorted.Length);
        double least = 1e-6 * (sorted[^1] - sorted[0]) * (sorted[^1] - sorted[0]);
        for (int step = 0; step < 200; step++)
        {
            double sum = 0, sumA = 0, sumB = 0, squareA = 0, squareB = 0;
            foreach (double value in sorted)
            {
                double high_ = 1 / (1 + Math.Exp(LogDensity(a, value) - LogDensity(b, value)));
                sum += high_;
                sumA += (1 - high_) * value;
                sumB += high_ * value;
                squareA += (1 - high_) * value * value;
                squareB += high_ * value * value;
            }

            double rest = sorted.Length - sum;
            if (sum < 1 || rest < 1) break;
            a = (rest / sorted.Length, sumA / rest, Math.Max(least, (squareA / rest) - (sumA / rest * sumA / rest)));
            b = (sum / sorted.Length, sumB / sum, Math.Max(least, (squareB / sum) - (sumB / sum * sumB / sum)));
        }

        if (a.Mean > b.Mean) (a, b) = (b, a);
        double best = cut;
        for (int k = 0; k < sorted.Length; k++)
        {
            if (sorted[k] <= a.Mean) continue;
            if (LogDensity(b, sorted[k]) > LogDensity(a, sorted[k])) return k == 0 ? sorted[0] : sorted[k - 1];
            best = sorted[k];
        }

        return best;

        static double LogDensity((double Share, double Mean, double Variance) part, double value) =>
            Math.Log(part.Share) - (0.5 * Math.Log(part.Variance)) - ((value - part.Mean) * (value - part.Mean) / (2 * part.Variance));
    }

    private static (double Share, double Mean, double Variance) Moments(double[] values, int of)
    {
        double mean = values.Average();
        return ((double)values.Length / of, mean, Math.Max(1e-12, values.Average(value => (value - mean) * (value - mean))));
    }
}
