using IadNative.Detectors;

namespace IadNative;

/// <summary>An AUC over seeds, as fractions.</summary>
/// <param name="Mean">Mean over the runs that have one.</param>
/// <param name="Std">Population standard deviation over these.</param>
/// <param name="Values">One AUC per run, in the order of seeds; null for a run that has none, such as one that finished no round.</param>
public sealed record AucSummary(double Mean, double Std, IReadOnlyList<double?> Values)
{
    /// <summary>N: the runs that have an AUC.</summary>
    public int Count => Values.Count(value => value is not null);
}
