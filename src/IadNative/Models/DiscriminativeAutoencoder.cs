using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// DRAE, the discriminative reconstruction-based autoencoder (Xia et al., "Learning discriminative reconstructions for unsupervised
/// outlier removal", ICCV 2015), one of the paper's robust competitors: each batch's errors are split in two, and only the lower ones
/// are reconstructed (<see cref="DiscriminativeLoss"/>). The squared reconstruction error is the score.
/// </summary>
public sealed record DiscriminativeAutoencoder : BaseModel
{
    /// <summary>λ: what the ratio of the variance within both classes to all counts for beside the errors; 0 or more.</summary>
    public double Lambda { get; init; } = 0.1;

    /// <summary>Whether errors are averaged over features in the loss; summed otherwise.</summary>
    public bool AveragesErrors { get; init; }

    /// <inheritdoc/>
    public override string Name => "drae";

    /// <inheritdoc/>
    public override string Title => "DRAE";

    /// <inheritdoc/>
    public override int? DefaultRounds => 0;

    /// <inheritdoc/>
    public override ThresholdRule DefaultThreshold => ThresholdRule.Otsu;

    /// <inheritdoc/>
    public override void Validate() => OptionRange.Require(Lambda is >= 0 and <= 1e6, nameof(Lambda), Lambda, "0 to 1,000,000");

    // The split is a statement about the distribution of errors, which takes many.
    internal override int? DefaultBatchSize(bool images) => images ? null : 1024;

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => DefaultEncoder(features, image);

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        NetworkPasses passes = EncoderNetwork.WithDecoder(network, features);
        return passes.ToPlan(
            new SquaredDistance(passes.Output, passes.Input, null, passes.Scores),
            new DiscriminativeLoss(passes.Scores, AveragesErrors ? 1.0 / features : 1, Lambda, passes.ScoreGradient),
            new SquaredDistanceBackward(passes.Output, passes.Input, null, passes.ScoreGradient, passes.OutputGradient));
    }
}
