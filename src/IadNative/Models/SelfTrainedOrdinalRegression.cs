using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// SDOR, self-trained deep ordinal regression (Pang et al., "Self-trained deep ordinal regression for end-to-end video anomaly
/// detection", CVPR 2020), one of the paper's robust competitors, in the form that the paper gives it: an autoencoder's errors are the
/// first scores; then, round after round, a fresh network with one output learns 0 for the samples with the lowest scores and 1 for those
/// with the highest (<see cref="AbsoluteLoss"/>), and its output, for all samples, is the next score. It trains on no importance weights.
/// </summary>
public sealed record SelfTrainedOrdinalRegression : BaseModel
{
    /// <summary>Share of the samples that are taken for normal, those with the lowest scores, in (0, 1).</summary>
    public double NormalShare { get; init; } = 0.2;

    /// <summary>Share of the samples that are taken for anomalous, those with the highest scores, in (0, 1).</summary>
    public double AnomalousShare { get; init; } = 0.1;

    /// <summary>Epochs of the autoencoder whose errors are the first scores, from 1.</summary>
    public int InitialEpochs { get; init; } = 20;

    /// <inheritdoc/>
    public override string Name => "sdor";

    /// <inheritdoc/>
    public override string Title => "SDOR";

    /// <inheritdoc/>
    public override int DefaultEpochs => 50;

    /// <inheritdoc/>
    public override int? DefaultRounds => 4;

    /// <inheritdoc/>
    public override bool KeepsLastRound => true;

    internal override MemberScale MemberScale => MemberScale.SubtractMedian;

    internal override WeighedScore Weighs => WeighedScore.None;

    internal override SelfTraining SelfTraining => new OrdinalTraining(new PseudoLabels(NormalShare, 1, AnomalousShare, 1));

    /// <inheritdoc/>
    public override void Validate()
    {
        OptionRange.Require(NormalShare is > 0 and < 1, nameof(NormalShare), NormalShare, "above 0, below 1");
        OptionRange.Require(AnomalousShare is > 0 and < 1, nameof(AnomalousShare), AnomalousShare, "above 0, below 1");
        OptionRange.Require(
            NormalShare + AnomalousShare <= 1, nameof(AnomalousShare), AnomalousShare, "what leaves both shares at 1 together, at most");
        OptionRange.Require(InitialEpochs is >= 1 and <= 65_535, nameof(InitialEpochs), InitialEpochs, "1 to 65,535");
    }

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => DefaultEncoder(features, image);

    internal override Pretraining Pretraining(int epochs) => new((network, features) => Autoencoder.WritePlan(network, features, InitialEpochs), InitialEpochs);

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        NetworkPasses passes = EncoderNetwork.WithOutput(network, features);
        return passes.ToPlan(
            new OutputScore(passes.Output, passes.Scores),
            new AbsoluteLoss(passes.Scores, passes.ScoreGradient),
            new OutputScoreBackward(passes.ScoreGradient, passes.OutputGradient));
    }
}
