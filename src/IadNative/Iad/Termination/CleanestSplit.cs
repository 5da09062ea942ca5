namespace IadNative.Iad.Termination;

/// <summary>
/// The round t ≥ 1 whose scores, cut at Otsu's threshold, have the smallest within-class over total variance, earliest on ties.
/// </summary>
internal sealed record CleanestSplit : TerminationCriterion
{
    private protected override string Text => "otsu";

    internal override bool IsBetter(in RoundFacts round, in RoundFacts best) => best.Round == 0 || round.OtsuRatio < best.OtsuRatio;
}
