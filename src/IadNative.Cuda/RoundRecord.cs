using System.Runtime.InteropServices;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>What the device tells of a run after a round, field for field as in kernels/iad.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RoundRecord
{
    public ulong DoubledRanks;
    public double Median, WeightMean, WeightMedian, NormalWeightMean, AnomalyWeightMean;
    public float Minimum, Maximum;
    public int IsFinite, IsDegenerate, Flips, Distinct, Anomalies;

    /// <summary>Smallest, median and largest score.</summary>
    public readonly ScoreStatistics Scores => new(Minimum, Median, Maximum);

    /// <summary>The area under the ROC curve; NaN without samples of both kinds.</summary>
    /// <param name="samples">n.</param>
    public readonly double Auc(int samples)
    {
        long anomalies = Anomalies, normal = samples - anomalies;
        return anomalies > 0 && normal > 0
            ? ((long)DoubledRanks - (anomalies * (anomalies + 1))) / (2.0 * anomalies * normal)
            : double.NaN;
    }
}
