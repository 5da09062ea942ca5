using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>Autoencoder: the squared reconstruction error, summed over features, is loss and score (Eq. 9–10).</summary>
public sealed record Autoencoder : BaseModel
{
    /// <summary>
    /// Whether reconstructions are brought between 0 and 1, where the training images are: x̂ = 1/(1 + e⁻ᵒ) of the decoder's output o. For
    /// images alone.
    /// </summary>
    public bool HasSigmoid { get; init; }

    /// <inheritdoc/>
    public override string Name => "ae";

    /// <inheritdoc/>
    public override string Title => "autoencoder";

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => DefaultEncoder(features, image);

    /// <summary>The plan of a network whose output is a reconstruction of its input.</summary>
    internal static Plan WritePlan(NetworkPasses passes) => passes.ToPlan(
        new SquaredDistance(passes.Output, passes.Input, null, passes.Scores),
        new ScoreLoss(passes.Scores, passes.ScoreGradient),
        new SquaredDistanceBackward(passes.Output, passes.Input, null, passes.ScoreGradient, passes.OutputGradient));

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs) =>
        WritePlan(EncoderNetwork.WithDecoder(network, features, hasSigmoid: HasSigmoid));
}
