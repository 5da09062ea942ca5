using IadNative.Data;

namespace IadNative.Compute;

/// <summary>How the features of a network are taken from a row of data.</summary>
/// <param name="Width">D: numbers of a row.</param>
/// <param name="Columns">The places in a row of the d features that the network sees, in its order; null for all D in theirs.</param>
/// <param name="Scaler">Scales these on their way into the network.</param>
internal sealed record FeatureView(int Width, int[]? Columns, FeatureScaler Scaler)
{
    /// <summary>The view of all features.</summary>
    public static FeatureView All(FeatureScaler scaler) => new(scaler.Offset.Length, null, scaler);
}
