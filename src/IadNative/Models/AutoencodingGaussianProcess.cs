using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// DAGPR, deep autoencoding Gaussian process regression (Fan et al., "Robust deep auto-encoding Gaussian process regression for
/// unsupervised anomaly detection", 2020), one of the paper's robust competitors: an autoencoder with its codes on the unit sphere is
/// trained once; then a Gaussian process learns from the codes of some samples, 0 for those taken for normal and 1 for those taken for
/// anomalous (<see cref="KernelRegression"/>), and, round after round, again by its own scores. Its mean is the score. It trains on no
/// importance weights. Of very many samples it learns from 4,096 at most.
/// </summary>
public sealed record AutoencodingGaussianProcess : BaseModel
{
    private const string PointsName = "points", CoefficientsName = "coefficients";

    private static readonly ProcessTraining s_training =
        new(Initial: new PseudoLabels(0.30, 0.40, 0.06, 1), Later: new PseudoLabels(0.20, 0.80, 0.055, 0.90));

    /// <inheritdoc/>
    public override string Name => "dagpr";

    /// <inheritdoc/>
    public override string Title => "DAGPR";

    /// <inheritdoc/>
    public override int DefaultEpochs => 200;

    /// <inheritdoc/>
    public override int? DefaultRounds => 3;

    /// <inheritdoc/>
    public override bool KeepsLastRound => true;

    /// <summary>m: points of the regression; it follows from the number of samples when the model is fitted.</summary>
    internal int Points { get; init; } = 2;

    internal override MemberScale MemberScale => MemberScale.SubtractMedian;

    internal override WeighedScore Weighs => WeighedScore.None;

    internal override SelfTraining SelfTraining => s_training;

    /// <inheritdoc/>
    public override void Validate() =>
        OptionRange.Require(Points is >= 2 and <= ProcessTraining.MostPoints, nameof(Points), Points, FormattableString.Invariant($"2 to {ProcessTraining.MostPoints}"));

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => DefaultEncoder(features, image);

    internal override int? DefaultBatchSize(bool images) => 256;

    internal override double? DefaultLearningRate(bool images) => 1e-3;

    internal override BaseModel FilledFor(int rows) => this with { Points = s_training.PointsOf(rows) };

    internal override Pretraining Pretraining(int epochs) => new(
        (network, features) => IadNative.Autoencoder.WritePlan(EncoderNetwork.WithDecoder(network, features, isOnSphere: true)), epochs);

    // What trains is the autoencoder; here is what scores.
    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        NetworkPasses passes = EncoderNetwork.OnSphere(network, features);
        var state = new TensorLayout();
        TensorSlot points = state.Add(PointsName, Points, passes.Output.Width, Initialization.Zero, 0, 0);
        TensorSlot coefficients = state.Add(CoefficientsName, Points, 1, Initialization.Zero, 0, 0);
        return new Plan
        {
            Features = features,
            Parameters = passes.Parameters,
            Statistics = passes.Statistics,
            State = state,
            Output = passes.Output,
            Scores = passes.Scores,
            Step = [],
            Scoring = [.. passes.Forward, new KernelRegression(passes.Output, points, coefficients, passes.Scores)],
        };
    }
}
