using IadNative.Iad;

namespace IadNative;

/// <summary>What is known of one run: one seed through all its rounds.</summary>
public sealed record RunReport
{
    /// <summary>The seed of this run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// The AUC of round 0's network before its first step, or, of SDOR, of the autoencoder whose errors are its first scores; null without
    /// labels of both kinds.
    /// </summary>
    public required double? UntrainedAuc { get; init; }

    /// <summary>The finished rounds, from 0. Fewer than T + 1 when the run was frozen; none when it failed in round 0.</summary>
    public required IReadOnlyList<RoundReport> Rounds { get; init; }

    /// <summary>
    /// The round that the chosen termination criterion selects, of several the last; −1 when no round was finished.
    /// </summary>
    public required int SelectedRound { get; init; }

    /// <summary>The rounds that are kept, ascending: several where their scores are averaged; empty when no round was finished.</summary>
    public IReadOnlyList<int> KeptRounds
    {
        get => field ?? (SelectedRound < 0 ? [] : [SelectedRound]);
        init;
    }

    /// <summary>AUC of the averaged scores of several kept rounds; null where one is kept, or without labels.</summary>
    public double? AverageAuc { get; init; }

    /// <summary>The rounds that rank-flip, fixed:5, last and otsu each select; empty when no round was finished.</summary>
    public required IReadOnlyDictionary<string, int> SelectedBy { get; init; }

    /// <summary>True when a loss or score was not finite: the run stopped there and keeps what it had.</summary>
    public required bool Frozen { get; init; }

    /// <summary>AUC of round 0, the base model; null without labels.</summary>
    public double? BaseAuc => Rounds.Count > 0 ? Rounds[0].Auc : null;

    /// <summary>AUC of the selected round, of several that of their averaged scores; null without labels.</summary>
    public double? IadAuc => KeptRounds.Count > 1 ? AverageAuc : SelectedRound >= 0 ? Rounds[SelectedRound].Auc : null;

    /// <summary>Largest AUC over all finished rounds (IAD-Best, for reporting only); null without labels.</summary>
    public double? BestAuc => Rounds.Max(round => round.Auc);
}
