namespace IadNative.Iad;

/// <summary>
/// The version of everything between options and numbers: random numbers, initial weights, order of batches, arithmetic, rounds.
/// Results that were stored under one version count for every build that has the same.
/// </summary>
internal static class AlgorithmVersion
{
    /// <summary>
    /// Raised by one, once between two releases, when the same data, options and seed give other bits on some engine than those of the last release,
    /// so that nothing is taken for what it no longer is.
    /// </summary>
    public const int Current = 2;
}
