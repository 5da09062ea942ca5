using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// OneFlow (Maziarka et al., "OneFlow: One-class flow for anomaly detection based on a minimal volume region", 2021), one of the paper's
/// robust competitors: a flow that keeps volumes maps the data so that the ball around the origin that holds all but the share α of them
/// is small (<see cref="MinimalVolumeLoss"/>). The distance from the origin is the score. A feature's contribution to it is what its own
/// coordinate adds, zⱼ²/‖z‖: a coupling moves each feature along its own axis, by a shift that the others decide. Its network's widths
/// are those of the hidden layers in each of its four couplings, which have biases and no batch norm.
/// </summary>
public sealed record OneFlow : BaseModel
{
    /// <summary>α: the contamination ratio, in (0, 1).</summary>
    public double Alpha { get; init; } = 0.1;

    /// <inheritdoc/>
    public override string Name => "oneflow";

    /// <inheritdoc/>
    public override string Title => "OneFlow";

    /// <inheritdoc/>
    public override int DefaultEpochs => 200;

    /// <inheritdoc/>
    public override int? DefaultRounds => 0;

    /// <inheritdoc/>
    public override ThresholdRule DefaultThreshold => ThresholdRule.AtQuantile(1 - Alpha);

    /// <inheritdoc/>
    public override void Validate() => OptionRange.Require(Alpha is > 0 and < 1, nameof(Alpha), Alpha, "above 0, below 1");

    internal override int DefaultEpochsOn(bool images) => images ? 40 : DefaultEpochs;

    internal override int? DefaultBatchSize(bool images) => 1000;

    internal override double? DefaultLearningRate(bool images) => 1e-3;

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => new(16, 16, 16);

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        NetworkPasses passes = CouplingNetwork.Build(network, features);
        var state = new TensorLayout();
        TensorSlot origin = state.Add("origin", features, 1, Initialization.Zero, 0, 0);
        Plan plan = passes.ToPlan(
            new SquaredDistance(passes.Output, null, origin, passes.Scores, IsRoot: true, KeepsFeatures: true),
            new MinimalVolumeLoss(passes.Scores, Alpha, passes.ScoreGradient),
            new SquaredDistanceBackward(passes.Output, null, origin, passes.ScoreGradient, passes.OutputGradient, passes.Scores));
        return plan with { State = state };
    }
}
