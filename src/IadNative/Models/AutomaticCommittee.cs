using IadNative.Compute;
using IadNative.Data;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// The model for those who name none. On tables a committee: many small Deep SVDD networks, each on a few columns of its own, whose
/// consensus weighs the rows (Eq. 12–14), and small flows and a Gaussian over all columns, which follow these weights. On images
/// <see cref="BaseModel.OneClassSvdd"/>.
/// </summary>
public sealed record AutomaticCommittee : BaseModel
{
    // Why these: bench/results/auto-2026-11.md. Scores change where they do.
    private const int SvddCount = 96, SvddColumns = 8, SvddSteps = 60, FlowCount = 32, FlowColumns = 6, FlowSteps = 60;
    private const int RowsPerMember = 8192, GaussianColumns = 300;
    private const double SvddWeight = 0.55, FlowWeight = 0.2, GaussianWeight = 0.25;

    /// <inheritdoc/>
    public override string Name => "auto";

    /// <inheritdoc/>
    public override string Title => "committee";

    /// <inheritdoc/>
    public override bool HasNetwork => false;

    /// <inheritdoc/>
    public override int? DefaultRounds => 1;

    /// <inheritdoc/>
    public override double DefaultInverseTau => 9;

    /// <inheritdoc/>
    public override bool KeepsLastRound => true;

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => NetworkSpec.None;

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs) =>
        throw new InvalidOperationException($"A {Title} has a plan for each of its families and none of its own.");

    /// <summary>What the committee is made of.</summary>
    /// <param name="columns">d columns of the table.</param>
    internal static IReadOnlyList<DetectorFamily> FamiliesFor(int columns) =>
    [
        new DetectorFamily
        {
            Model = OneClassSvdd, Network = new NetworkSpec(8, 8, 4), Range = 4, LearningRate = 0.001,
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
            Model = Gaussian, ColumnsPerMember = columns > GaussianColumns ? GaussianColumns : null, Weight = GaussianWeight, Votes = false,
        },
    ];
}
