using System.Globalization;

namespace IadNative.Iad.Termination;

/// <summary>
/// Some rounds fixed beforehand, all of them kept, whose scores are averaged; where there are fewer, those there are, or the last one
/// before.
/// </summary>
internal sealed record AverageOfRounds : TerminationCriterion
{
    private const string Prefix = "average:";

    private readonly int _first, _last;

    public AverageOfRounds(int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        (_first, _last) = (first, last);
    }

    private protected override string Text => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_first}-{_last}");

    private protected override string Form => $"{Prefix}FIRST-LAST";

    internal override bool IsBetter(in RoundFacts round, in RoundFacts best) => round.Round <= _last;

    internal override bool KeepsBeside(int round) => round > _first && round <= _last;

    internal override int KeptOf(int rounds) => (int)Math.Clamp((long)Math.Min(rounds, _last) - _first + 1, 1, int.MaxValue);

    private protected override TerminationCriterion? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        string[] parts = text[Prefix.Length..].Split('-');
        return parts.Length == 2 && Number(parts[0], out int first) && Number(parts[1], out int last) && first <= last
            ? new AverageOfRounds(first, last)
            : null;
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
