using IadNative.Bench.Versus.Exchange;

namespace IadNative.Bench.Versus;

/// <summary>Whether a peer provably does our work: its losses or scores are ours, up to the rounding of float32.</summary>
internal static class Agreement
{
    private const double Relative = 1e-4, RelativeOfEpoch = 1e-3, RelativeOfRound = 0.5;

    /// <summary>
    /// The losses of the first steps, or all scores, agree to four digits. So does, to three, the mean loss over the first epoch of
    /// the very session that is timed: rounding, which grows with the steps of Adam, moved it by 1e-7, and an update, a batch or
    /// a weight left out moves it by more than 1e-3. A job's later losses cannot agree so well, as rounding grows over thousands of
    /// steps; each round's is within a factor of two, so that nobody trains less.
    /// </summary>
    public static bool Holds(Introduction ours, Introduction other) =>
        ours.Check.Length > 0 && Agree(ours.Check, other.Check, Relative)
        && Agree(ours.EpochLoss is { } loss ? [loss] : [], other.EpochLoss is { } otherLoss ? [otherLoss] : [], RelativeOfEpoch)
        && Agree(ours.RoundLosses, other.RoundLosses, RelativeOfRound);

    /// <summary>The same of scores alone.</summary>
    public static bool Holds(double[] ours, double[] other) => Agree(ours, other, Relative);

    private static bool Agree(double[] ours, double[] other, double tolerance) =>
        ours.Length == other.Length && ours.Zip(other).All(pair => Agree(pair.First, pair.Second, tolerance));

    // What is not finite agrees with nothing.
    private static bool Agree(double ours, double other, double tolerance) =>
        double.IsFinite(ours) && double.IsFinite(other)
        && Math.Abs(ours - other) <= tolerance * Math.Max(Math.Abs(ours), Math.Abs(other));
}
