using IadNative.Iad;
using IadNative.Iad.Termination;
using IadNative.Messages;

namespace IadNative;

/// <summary>A rule that picks one round of the T + 1 trained ones, or some to be averaged. Two with the same text are equal.</summary>
public abstract record TerminationCriterion
{
    /// <summary>For the rules of this library alone.</summary>
    private protected TerminationCriterion()
    {
    }

    /// <summary>One of each rule that picks one round: what every run records, whichever one it uses.</summary>
    internal static IReadOnlyList<TerminationCriterion> All { get; } =
        [new FewestRankFlips(), new FixedRound(5), new LastRound(), new CleanestSplit()];

    /// <summary>One of each rule.</summary>
    internal static IReadOnlyList<TerminationCriterion> Rules { get; } = [.. All, new AverageOfRounds(1, 2)];

    /// <summary>The fewest rank flips h(t), t ≥ 1, earliest on ties (Eq. 15–16): the paper's criterion and the default.</summary>
    public static TerminationCriterion RankFlip { get; } = new FewestRankFlips();

    /// <summary>The last round.</summary>
    public static TerminationCriterion Last { get; } = new LastRound();

    /// <summary>The round t ≥ 1 whose scores, cut at Otsu's threshold, have the smallest within-class over total variance.</summary>
    public static TerminationCriterion Otsu { get; } = new CleanestSplit();

    /// <summary>The forms that <see cref="Parse"/> reads, as a part of a sentence.</summary>
    internal static string Forms { get; } = $"{string.Join(", ", Rules.SkipLast(1).Select(rule => rule.Form))} or {Rules[^1].Form}";

    /// <summary>Always the given round; round T where training has fewer rounds.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    public static TerminationCriterion Fixed(int round) => new FixedRound(round);

    /// <summary>
    /// The given rounds together: the networks of each are kept, and the score is the mean of theirs; where training has fewer rounds,
    /// those there are.
    /// </summary>
    /// <param name="first">The first round.</param>
    /// <param name="last">The last round.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is negative or above <paramref name="last"/>.</exception>
    public static TerminationCriterion Average(int first, int last) => new AverageOfRounds(first, last);

    /// <summary>Reads <c>rank-flip</c>, <c>fixed:5</c>, <c>last</c>, <c>otsu</c> or <c>average:1-2</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static TerminationCriterion Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Rules.Select(rule => rule.Read(text)).FirstOrDefault(rule => rule is not null)
            ?? throw new FormatException($"{ForeignText.Quote(text)} is no termination criterion. Use {Forms}.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public sealed override string ToString() => Text;

    /// <summary>What <see cref="Parse"/> reads as this criterion.</summary>
    private protected abstract string Text { get; }

    /// <summary>How all criteria of this rule are written, a parameter in capitals.</summary>
    private protected virtual string Form => Text;

    /// <summary>
    /// Whether a round is to be kept instead of the best one before it. Nothing else enters, so that a later round never changes the
    /// choice among earlier ones, and the networks to keep are known as soon as their round ends.
    /// </summary>
    /// <param name="round">The round that just ended, from 1.</param>
    /// <param name="best">What was kept so far, from round 0.</param>
    internal abstract bool IsBetter(in RoundFacts round, in RoundFacts best);

    /// <summary>Whether a round that is to be kept joins those kept before, instead of taking their place.</summary>
    /// <param name="round">t.</param>
    internal virtual bool KeepsBeside(int round) => false;

    /// <summary>How many rounds are kept in the end.</summary>
    /// <param name="rounds">T.</param>
    internal virtual int KeptOf(int rounds) => 1;

    /// <summary>The criterion of this rule that a text means; null for none.</summary>
    private protected virtual TerminationCriterion? Read(string text) => text == Text ? this : null;
}
