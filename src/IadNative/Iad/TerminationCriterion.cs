namespace IadNative.Iad;

/// <summary>The rules that pick one round of the T + 1 trained ones.</summary>
public enum TerminationRule
{
    /// <summary>The round t ≥ 1 with the fewest rank flips h(t), earliest on ties (Eq. 15–16).</summary>
    RankFlip,

    /// <summary>A round fixed beforehand.</summary>
    Fixed,

    /// <summary>Round T.</summary>
    Last,

    /// <summary>The round t ≥ 1 whose scores, cut at Otsu's threshold, have the smallest within-class over total variance.</summary>
    Otsu,
}

/// <summary>A termination rule with its parameter.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Round">The round of <see cref="TerminationRule.Fixed"/>; not used by the other rules.</param>
public readonly record struct TerminationCriterion(TerminationRule Rule, int Round = 0)
{
    /// <summary>The fewest rank flips: the paper's criterion and the default.</summary>
    public static TerminationCriterion RankFlip => new(TerminationRule.RankFlip);

    /// <summary>The last round.</summary>
    public static TerminationCriterion Last => new(TerminationRule.Last);

    /// <summary>The cleanest two-way split of the scores.</summary>
    public static TerminationCriterion Otsu => new(TerminationRule.Otsu);

    /// <summary>Always the given round; round T where training has fewer rounds.</summary>
    public static TerminationCriterion Fixed(int round) => new(TerminationRule.Fixed, round);

    /// <summary>Reads <c>rank-flip</c>, <c>fixed:5</c>, <c>last</c> or <c>otsu</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static TerminationCriterion Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text)
        {
            case "rank-flip": return RankFlip;
            case "last": return Last;
            case "otsu": return Otsu;
        }

        if (text.StartsWith("fixed:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(6), out int round) && round >= 0)
            return Fixed(round);
        throw new FormatException($"'{text}' is no termination criterion. Use rank-flip, fixed:ROUND, last or otsu.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Rule switch
    {
        TerminationRule.RankFlip => "rank-flip",
        TerminationRule.Fixed => $"fixed:{Round}",
        TerminationRule.Last => "last",
        _ => "otsu",
    };
}
