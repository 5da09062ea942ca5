namespace IadNative.Iad;

/// <summary>
/// The version of everything between options and numbers: random numbers, initial weights, order of batches, arithmetic, rounds.
/// Results that were stored under one version count for every build that has the same.
/// </summary>
internal static class AlgorithmVersion
{
    /// <summary>
    /// Raised by one whenever the same data, options and seed begin to give other bits on some engine, so that nothing is taken
    /// for what it no longer is.
    /// </summary>
    public const int Current = 2;
}
