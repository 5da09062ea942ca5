using IadNative.Iad.Termination;

namespace IadNative.Iad;

/// <summary>Which of the rounds finished so far a termination criterion picks: the only place where that is decided.</summary>
/// <param name="criterion">The criterion.</param>
internal sealed class RoundSelection(TerminationCriterion criterion)
{
    private readonly List<int> _rounds = [];
    private RoundFacts? _best;

    /// <summary>The criteria that every run records, whichever one it uses.</summary>
    public static IReadOnlyList<TerminationCriterion> Recorded => TerminationCriterion.All;

    /// <summary>The selected round; 0 when round 0 is the only one, −1 when there is none.</summary>
    public int Round => _best?.Round ?? -1;

    /// <summary>The rounds that are kept, ascending, the selected one last.</summary>
    public IReadOnlyList<int> Rounds => _rounds;

    /// <summary>Whether a round that just ended becomes the selected one.</summary>
    public bool Picks(in RoundFacts round) => _best is not { } best || criterion.IsBetter(round, best);

    /// <summary>Takes the next round into account.</summary>
    public void Add(in RoundFacts round)
    {
        if (!Picks(round)) return;
        if (!criterion.KeepsBeside(round.Round)) _rounds.Clear();
        _rounds.Add(round.Round);
        _best = round;
    }

    /// <summary>The selected one of some finished rounds, from round 0.</summary>
    public static int Select(TerminationCriterion criterion, IReadOnlyList<RoundReport> rounds)
    {
        var selection = new RoundSelection(criterion);
        foreach (RoundReport round in rounds) selection.Add(round.Facts);
        return selection.Round;
    }
}
