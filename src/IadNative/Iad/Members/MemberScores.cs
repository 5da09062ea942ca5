using IadNative.Metrics;
using IadNative.Models;

namespace IadNative.Iad.Members;

/// <summary>
/// The score of an ensemble: each member's score divided by its median over the training data, or, for likelihoods, whose
/// medians may be negative, less its median; then averaged. A single network's score is left as it is.
/// </summary>
internal static class MemberScores
{
    /// <summary>The averaged score of one sample.</summary>
    /// <param name="scores">One score per member.</param>
    /// <param name="medians">One median per member.</param>
    /// <param name="scales">How each is brought to the scale of the others.</param>
    public static float Combine(ReadOnlySpan<float> scores, ReadOnlySpan<double> medians, ReadOnlySpan<MemberScale> scales)
    {
        if (scores.Length == 1) return scores[0];
        double sum = 0;
        for (int k = 0; k < scores.Length; k++) sum += scales[k] == MemberScale.SubtractMedian ? scores[k] - medians[k] : scores[k] / medians[k];
        return (float)(sum / scores.Length);
    }

    /// <summary>Reads the scores that members just made and averages them.</summary>
    /// <returns>n scores; null where one is not finite or a member cannot be averaged.</returns>
    public static float[]? Read(IMembers members, int run, RoundSpec spec)
    {
        MemberScale[] scales = spec.Scales;
        float[][] read = new float[scales.Length][];
        for (int member = 0; member < read.Length; member++)
        {
            read[member] = new float[spec.Samples];
            members.ReadScores(run, member, read[member]);
            if (!Array.TrueForAll(read[member], float.IsFinite)) return null;
        }

        if (read.Length == 1) return read[0];
        double[] medians = [.. read.Select(scores => MedianOf(scores))];
        if (Trouble(medians, scales) is not null) return null;
        float[] averages = new float[spec.Samples], own = new float[read.Length];
        for (int i = 0; i < averages.Length; i++)
        {
            for (int member = 0; member < own.Length; member++) own[member] = read[member][i];
            averages[i] = Combine(own, medians, scales);
        }

        return Array.TrueForAll(averages, float.IsFinite) ? averages : null;

        static double MedianOf(float[] scores)
        {
            int[] order = new int[scores.Length];
            Ranking.Order(scores, order);
            return ScoreStatistics.Of(scores, order).Median;
        }
    }

    /// <summary>Why a run cannot go on whose members have sound scores, but their average does not.</summary>
    public const string NotFinite = "an averaged score is not finite";

    /// <summary>Why members cannot be averaged, as the end of a sentence; null where they can.</summary>
    /// <param name="medians">One per member; NaN for one that has a score that is not finite.</param>
    /// <param name="scales">How each would be brought to the scale of the others.</param>
    public static string? Trouble(ReadOnlySpan<double> medians, ReadOnlySpan<MemberScale> scales)
    {
        for (int member = 0; member < medians.Length; member++)
        {
            string name = Name(member, medians.Length);
            if (double.IsNaN(medians[member])) return $"a score of {name} is not finite";
            if (medians[member] == 0 && medians.Length > 1 && scales[member] == MemberScale.DivideByMedian)
                return $"the median score of {name} is zero, so it cannot be averaged with the others";
        }

        return null;
    }

    /// <summary>What a member of a run is called in messages.</summary>
    public static string Name(int member, int members) => members == 1 ? "the network" : $"member {member}";
}
