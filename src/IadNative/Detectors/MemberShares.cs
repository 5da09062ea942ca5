namespace IadNative.Detectors;

/// <summary>What part of a combined score a member has.</summary>
internal static class MemberShares
{
    /// <summary>
    /// With quartiles the weight of the family over that of all, its members and the rounds kept; otherwise the same for all.
    /// </summary>
    /// <param name="families">The families.</param>
    /// <param name="index">The member's.</param>
    /// <param name="rounds">Rounds that are kept.</param>
    /// <param name="scale">How scores are brought to one scale.</param>
    public static double Of(IReadOnlyList<DetectorFamily> families, int index, int rounds, MemberScale scale) =>
        scale == MemberScale.Quartiles
            ? families[index].Weight / families.Sum(family => family.Weight) / families[index].Count / rounds
            : 1.0 / families.Sum(family => family.Count) / rounds;
}
