namespace IadNative.Iad.Termination;

/// <summary>The round t ≥ 1 with the fewest rank flips h(t), earliest on ties (Eq. 15–16).</summary>
internal sealed record FewestRankFlips : TerminationCriterion
{
    private protected override string Text => "rank-flip";

    internal override bool IsBetter(in RoundFacts round, in RoundFacts best) => best.Round == 0 || round.RankFlips < best.RankFlips;
}
