using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// RSRAE, the autoencoder with a robust subspace recovery layer (Lai, Zou and Lerman, "Robust subspace recovery layer for unsupervised
/// anomaly detection", ICLR 2020), one of the paper's robust competitors. Between encoder and decoder a linear layer brings codes to a
/// subspace and then to the unit sphere. Three losses take turns on each batch, each with an Adam of its own: the reconstruction error,
/// not squared, over all parameters; how far the layer is from being orthonormal; how far codes lie from the subspace, over encoder and
/// layer. RSRAE+ trains their sum (<see cref="IsJoint"/>). The reconstruction error is the score.
/// </summary>
public sealed record RobustSubspaceAutoencoder : BaseModel
{
    // The losses beside the reconstruction error step ten times as far.
    private const double SubspaceFactor = 10;

    // What they count for in a sum.
    private const float SubspaceShare = 0.1f;

    /// <summary>m: dimensions of the subspace, from 1; the width of the code where that is less.</summary>
    public int Dimensions { get; init; } = 10;

    /// <summary>
    /// Whether one Adam follows the sum of the losses, RSRAE+: the reconstruction error and a tenth of each of the other two.
    /// </summary>
    public bool IsJoint { get; init; }

    /// <inheritdoc/>
    public override string Name => "rsrae";

    /// <inheritdoc/>
    public override string Title => "RSRAE";

    /// <inheritdoc/>
    public override int? DefaultRounds => 0;

    /// <inheritdoc/>
    public override void Validate() =>
        OptionRange.Require(Dimensions is >= 1 and <= 4096, nameof(Dimensions), Dimensions, "1 to 4,096");

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => DefaultEncoder(features, image);

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        (NetworkPasses all, NetworkPasses encoder, TensorSlot subspace) =
            EncoderNetwork.WithSubspace(network, features, width => Math.Min(Dimensions, width));
        if (IsJoint) all = all with { Backward = Joint(all, encoder, subspace) };
        Plan plan = all.ToPlan(
            new SquaredDistance(all.Output, all.Input, null, all.Scores, IsRoot: true),
            new ScoreLoss(all.Scores, all.ScoreGradient),
            new SquaredDistanceBackward(all.Output, all.Input, null, all.ScoreGradient, all.OutputGradient, all.Scores));
        return IsJoint ? plan : plan with
        {
            Step =
            [
                .. plan.Step,
                new OrthogonalityLoss(subspace),
                new AdamStep(subspace.Offset, subspace.Length, SubspaceFactor, Moments: 1),
                .. encoder.Forward.Skip(1), // the batch is gathered
                new SubspaceLoss(encoder.Output, subspace, encoder.OutputGradient),
                .. encoder.Backward,
                new AdamStep(0, subspace.Offset + subspace.Length, SubspaceFactor, Moments: 2),
            ],
        };
    }

    // The two losses add their gradients to those of the code and of the layer before they pass through the encoder.
    private static IReadOnlyList<PlanOperation> Joint(NetworkPasses all, NetworkPasses encoder, TensorSlot subspace) =>
    [
        .. all.Backward.SkipLast(encoder.Backward.Count),
        new OrthogonalityLoss(subspace, SubspaceShare, Accumulate: true),
        new SubspaceLoss(encoder.Output, subspace, encoder.OutputGradient, SubspaceShare, Accumulate: true),
        .. encoder.Backward,
    ];
}
