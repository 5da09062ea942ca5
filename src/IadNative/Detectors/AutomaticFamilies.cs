using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>What <see cref="AutomaticCommittee"/> is made of on a table.</summary>
internal static class AutomaticFamilies
{
    // Why these: bench/results/auto-2026-11.md. Scores change where they do.
    private const int SvddCount = 96, SvddColumns = 8, SvddSteps = 60, FlowCount = 32, FlowColumns = 6, FlowSteps = 60;
    private const int RowsPerMember = 8192, GaussianColumns = 300;
    private const double SvddWeight = 0.55, FlowWeight = 0.2, GaussianWeight = 0.25;

    /// <summary>The families of the committee.</summary>
    /// <param name="features">Features of a prepared row: of a category's column there may be several.</param>
    public static IReadOnlyList<DetectorFamily> For(int features) =>
    [
        new DetectorFamily
        {
            Model = BaseModel.OneClassSvdd, Network = new NetworkSpec(8, 8, 4), Range = 4, LearningRate = 0.001,
            Count = SvddCount, ColumnsPerMember = SvddColumns, Steps = SvddSteps, RowsPerMember = RowsPerMember, Weight = SvddWeight,
        },
        new DetectorFamily
        {
            Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread },
            Network = new NetworkSpec(16, 16) { BatchNorm = false }, LearningRate = 0.02,
            Count = FlowCount, ColumnsPerMember = FlowColumns, Steps = FlowSteps, RowsPerMember = RowsPerMember, Weight = FlowWeight, Votes = false,
        },
        new DetectorFamily
        {
            Model = BaseModel.Gaussian, ColumnsPerMember = features > GaussianColumns ? GaussianColumns : null, Weight = GaussianWeight, Votes = false,
        },
    ];
}
