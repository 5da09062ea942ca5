using IadNative.Iad;

namespace IadNative.Reproduction;

/// <summary>The termination criteria that every run records, by name.</summary>
internal static class Criteria
{
    /// <summary>The paper's own.</summary>
    public static string RankFlip { get; } = TerminationCriterion.RankFlip.ToString();

    /// <summary>Rank flips, round 5, the last round and Otsu's method.</summary>
    public static IReadOnlyList<string> All { get; } = [.. RoundSelection.Recorded.Select(criterion => criterion.ToString())];
}
