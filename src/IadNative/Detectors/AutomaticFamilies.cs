using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>
/// What <see cref="AutomaticCommittee"/> is made of on a table. Why these numbers: bench/results/auto-2026-11.md; the scores of all new
/// detectors change where they do.
/// </summary>
internal static class AutomaticFamilies
{
    private const int Networks = 128, ColumnsPerNetwork = 8, Steps = 80, RowsPerNetwork = 8192, GaussianColumns = 300;
    private const double Range = 4, LearningRate = 0.001, NetworksWeight = 0.65, GaussianWeight = 0.35;

    /// <summary>The families.</summary>
    /// <param name="features">Features of a prepared row.</param>
    public static IReadOnlyList<DetectorFamily> For(int features) =>
    [
        new DetectorFamily
        {
            Model = BaseModel.OneClassSvdd, Network = new NetworkSpec(8, 8, 4), Count = Networks, ColumnsPerMember = ColumnsPerNetwork,
            Range = Range, Steps = Steps, LearningRate = LearningRate, RowsPerMember = RowsPerNetwork, Weight = NetworksWeight,
        },
        new DetectorFamily
        {
            Model = BaseModel.Gaussian, ColumnsPerMember = features > GaussianColumns ? GaussianColumns : null, Weight = GaussianWeight,
            Votes = false,
        },
    ];
}
