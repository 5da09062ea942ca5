using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// A Gaussian with full covariance: the squared Mahalanobis distance (x − μ)ᵀ Σ⁻¹ (x − μ) is the score. Mean and covariance follow
/// from the weighted samples in closed form (<see cref="GaussianFit"/>), with no network, no epochs and no random numbers; importance
/// weights follow the logarithm of the score. It is not of the paper.
/// </summary>
public sealed record Gaussian : BaseModel
{
    /// <inheritdoc/>
    public override string Name => "gaussian";

    /// <inheritdoc/>
    public override string Title => "Gaussian";

    /// <inheritdoc/>
    public override bool HasNetwork => false;

    /// <inheritdoc/>
    public override int DefaultEpochs => 1;

    /// <inheritdoc/>
    public override int? DefaultRounds => 10;

    /// <inheritdoc/>
    public override bool KeepsLastRound => true;

    internal override WeighedScore Weighs => WeighedScore.Logarithm;

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => NetworkSpec.None;

    // With Σ = L Lᵀ the score is ‖L⁻¹ x − L⁻¹ μ‖², a dense layer and a squared distance to a point.
    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        if (network != NetworkSpec.None)
            throw new ArgumentException($"A Gaussian has no network, but {network} was given. Leave the network away.");
        var parameters = new TensorLayout();
        var state = new TensorLayout();
        int[] places = [.. Enumerable.Range(0, features)];
        if ((long)features * features > Array.MaxLength)
            throw new ArgumentException($"The covariance of {features} features has more than {Array.MaxLength} numbers. Choose fewer features.");
        TensorSlot factor = parameters.Add(
            "whitening", features, features, Initialization.Identity, features, 0, new DegreeMask(places, places, Strict: false));
        TensorSlot mean = state.Add("mean", features, 1, Initialization.Zero, 0, 0);
        TensorSlot center = state.Add("center", features, 1, Initialization.Zero, 0, 0);
        var input = new Activation("input", features);
        var whitened = new Activation("whitened", features);
        var scores = new Activation("score", 1);
        var gather = new GatherBatch(input);
        return new Plan
        {
            Features = features,
            Parameters = parameters,
            Statistics = new TensorLayout(),
            State = state,
            Output = whitened,
            Scores = scores,
            Step = [],
            Fit = new GaussianFit(gather, mean, factor, center),
            Scoring =
            [
                gather,
                new DenseForward(new DenseLayer("whitening", features, features, factor, null, null, 1), input, whitened),
                new SquaredDistance(whitened, null, center, scores),
            ],
        };
    }
}
