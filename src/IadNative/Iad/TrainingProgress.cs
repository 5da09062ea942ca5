using IadNative.Iad;

namespace IadNative;

/// <summary>How far training has come.</summary>
/// <param name="Round">The round at work, 0 to T.</param>
/// <param name="Rounds">T.</param>
/// <param name="Fraction">Finished part of all epochs of all networks, 0 to 1.</param>
/// <param name="Completed">
/// When this report ends a round: the round's report for every run that finished it, by seed. Otherwise empty.
/// </param>
public sealed record TrainingProgress(
    int Round, int Rounds, double Fraction, IReadOnlyDictionary<ulong, RoundReport> Completed);
