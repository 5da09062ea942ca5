using IadNative.Metrics;
using IadNative.Models;

namespace IadNative.Iad.Members;

/// <summary>
/// The score of an ensemble: each member's score divided by its median over the training data, or, for likelihoods, whose
/// medians may be negative, less its median; then averaged. With quartiles, the weighted sum of all parts. The score of an only
/// network is left as it is.
/// </summary>
internal static class MemberScores
{
    /// <summary>The combined score of one sample: the only place where scores of members are combined.</summary>
    /// <param name="scores">One score per member.</param>
    /// <param name="members">How each is brought to the scale of the others; all have quartiles, or none.</param>
    public static float Combine(ReadOnlySpan<float> scores, ReadOnlySpan<MemberPart> members)
    {
        double sum = 0;
        if (members[0].Scale == MemberScale.Quartiles)
        {
            for (int k = 0; k < scores.Length; k++) sum += members[k].Share * members[k].Of(scores[k]);
            return (float)sum;
        }

        if (IsAsItIs(members)) return scores[0];
        for (int k = 0; k < scores.Length; k++) sum += members[k].Of(scores[k]);
        return (float)(sum / scores.Length);
    }

    /// <summary>Whether there is one member only, whose scores stay as they are.</summary>
    public static bool IsAsItIs(ReadOnlySpan<MemberPart> members) =>
        members.Length == 1 && members[0] is { Median: 0, Scale: not MemberScale.Quartiles };

    /// <summary>Reads the scores that members just made and combines them.</summary>
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
        MemberPart[] parts = [.. scales.Select((scale, k) => new MemberPart(scale, false, medians[k], 0, 1))];
        float[] averages = new float[spec.Samples], own = new float[read.Length];
        for (int i = 0; i < averages.Length; i++)
        {
            for (int member = 0; member < own.Length; member++) own[member] = read[member][i];
            averages[i] = Combine(own, parts);
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

    /// <summary>Why a committee cannot go on.</summary>
    public const string NoneIsFinite = "no network has scores that are finite and differ";

    /// <summary>Why members cannot be averaged, as the end of a sentence; null where they can.</summary>
    /// <param name="medians">One per member; NaN for one that has a score that is not finite.</param>
    /// <param name="scales">How each would be brought to the scale of the others.</param>
    /// <param name="areCombined">Whether even the scores of an only member are brought to a scale.</param>
    public static string? Trouble(ReadOnlySpan<double> medians, ReadOnlySpan<MemberScale> scales, bool areCombined = false)
    {
        for (int member = 0; member < medians.Length; member++)
        {
            string name = Name(member, medians.Length);
            if (double.IsNaN(medians[member])) return $"a score of {name} is not finite";
            if (medians[member] == 0 && (medians.Length > 1 || areCombined) && scales[member] == MemberScale.DivideByMedian)
                return $"the median score of {name} is zero, so it cannot be averaged with the others";
        }

        return null;
    }

    /// <summary>What a member of a run is called in messages.</summary>
    public static string Name(int member, int members) => members == 1 ? "the network" : $"member {member}";
}
