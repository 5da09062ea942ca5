using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Networks;

namespace IadNative.Tests.Models;

/// <summary>
/// The worked example of a new model, a linear autoencoder: two matrices and the squared reconstruction error, whose best code is
/// that of the principal components (Baldi and Hornik, 1989). In the library it would be this one file in Models, and its line in
/// the list of all models; every engine, the loop, ensembles, reports and the model file take it from there.
/// </summary>
internal sealed record LinearAutoencoder : BaseModel
{
    /// <inheritdoc/>
    public override string Name => "linear";

    /// <inheritdoc/>
    public override string Title => "linear autoencoder";

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => new(Math.Max(1, features / 3));

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        var chain = new LayerChain(network, features);
        chain.AddDense("encoder", 0, network.CodeWidth, plain: true);
        chain.AddDense("decoder", 0, features, plain: true);
        NetworkPasses passes = chain.ToPasses();
        return passes.ToPlan(
            new SquaredDistance(passes.Output, passes.Input, null, passes.Scores),
            new ScoreLoss(passes.Scores, passes.ScoreGradient),
            new SquaredDistanceBackward(passes.Output, passes.Input, null, passes.ScoreGradient, passes.OutputGradient));
    }
}
