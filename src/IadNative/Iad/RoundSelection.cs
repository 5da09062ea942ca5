namespace IadNative.Iad;

/// <summary>Which of the finished rounds a termination criterion picks.</summary>
internal static class RoundSelection
{
    /// <summary>The criteria that every run records, whichever one it uses.</summary>
    public static IReadOnlyList<TerminationCriterion> Recorded { get; } =
        [TerminationCriterion.RankFlip, TerminationCriterion.Fixed(5), TerminationCriterion.Last, TerminationCriterion.Otsu];

    /// <summary>
    /// The selected round among those finished so far; 0 when round 0 is the only one, −1 when there is none. A later round
    /// never changes the choice among the earlier ones, so the network to keep is known as soon as its round ends.
    /// </summary>
    public static int Select(TerminationCriterion criterion, IReadOnlyList<RoundReport> rounds) => criterion.Rule switch
    {
        _ when rounds.Count <= 1 => rounds.Count - 1,
        TerminationRule.Fixed => Math.Min(criterion.Round, rounds.Count - 1),
        TerminationRule.Last => rounds.Count - 1,
        TerminationRule.RankFlip => rounds.Skip(1).MinBy(round => round.RankFlips!.Value)!.Round,
        _ => rounds.Skip(1).MinBy(round => round.OtsuRatio)!.Round,
    };

    /// <summary>
    /// Whether a round is selected, among those up to it, by its number alone; null where it is when it has less than all
    /// rounds t ≥ 1 before it of what the criterion compares.
    /// </summary>
    public static bool? IsNamed(TerminationCriterion criterion, int round) => criterion.Rule switch
    {
        TerminationRule.Fixed => round <= criterion.Round,
        TerminationRule.Last => true,
        _ => round == 0 ? true : null,
    };
}
