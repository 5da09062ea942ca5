using System.Globalization;

namespace IadNative.Iad.Termination;

/// <summary>A round fixed beforehand; the last one where there are fewer.</summary>
internal sealed record FixedRound : TerminationCriterion
{
    private const string Prefix = "fixed:";

    private readonly int _round;

    public FixedRound(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        _round = round;
    }

    private protected override string Text => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_round}");

    private protected override string Form => $"{Prefix}ROUND";

    internal override bool IsBetter(in RoundFacts round, in RoundFacts best) => round.Round <= _round;

    private protected override TerminationCriterion? Read(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(text.AsSpan(Prefix.Length), out int round) && round >= 0
            ? new FixedRound(round)
            : null;
}
