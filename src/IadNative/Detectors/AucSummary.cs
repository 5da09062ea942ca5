using IadNative.Detectors;

namespace IadNative;

/// <summary>An AUC over seeds, as fractions.</summary>
/// <param name="Mean">Mean over the runs.</param>
/// <param name="Std">Population standard deviation over the runs.</param>
/// <param name="Values">One AUC per run that finished a round, in the order of seeds.</param>
public sealed record AucSummary(double Mean, double Std, IReadOnlyList<double> Values);
