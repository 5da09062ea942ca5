namespace IadNative.Iad.Termination;

/// <summary>Round T.</summary>
internal sealed record LastRound : TerminationCriterion
{
    private protected override string Text => "last";

    internal override bool IsBetter(in RoundFacts round, in RoundFacts best) => true;
}
