using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// Deep SVDD: an encoder maps samples near a center, and the squared distance to it is the anomaly score. The center is where the
/// untrained network puts the samples on average.
/// </summary>
public abstract record DeepSvdd : BaseModel
{
    private const string CenterName = "center", RadiusName = "radius";

    /// <summary>Epochs of autoencoder pretraining of the encoder; 0 for none.</summary>
    public int PretrainEpochs { get; init; }

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => DefaultEncoder(features, image);

    /// <inheritdoc/>
    public override void Validate() =>
        OptionRange.Require(PretrainEpochs is >= 0 and <= 65_535, nameof(PretrainEpochs), PretrainEpochs, "0 to 65,535");

    internal sealed override Pretraining Pretraining(int epochs) =>
        new((network, features) => Autoencoder.WritePlan(network, features, PretrainEpochs), PretrainEpochs);

    internal sealed override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        NetworkPasses encoder = EncoderNetwork.Encoder(network, features);
        var state = new TensorLayout();
        TensorSlot center = state.Add(CenterName, encoder.Output.Width, 1, Initialization.Zero, 0, 0);
        TensorSlot radius = state.Add(RadiusName, 1, 1, Initialization.Zero, 0, 0); // 0 and unused without a soft boundary
        PlanOperation[] update = UpdateOf(encoder.Scores, radius, epochs) is { } operation ? [operation] : [];
        Plan plan = encoder.ToPlan(
            new SquaredDistance(encoder.Output, null, center, encoder.Scores),
            LossOf(encoder.Scores, radius, encoder.ScoreGradient),
            new SquaredDistanceBackward(encoder.Output, null, center, encoder.ScoreGradient, encoder.OutputGradient),
            update);
        return plan with { State = state, RoundStart = [new MeanOutput(encoder.Output, center)] };
    }

    internal sealed override bool Accepts(Plan plan, ReadOnlySpan<float> state) => RadiusIn(plan, state) >= 0;

    /// <summary>The radius within a state block.</summary>
    private protected static float RadiusIn(Plan plan, ReadOnlySpan<float> state) => state[plan.State.Find(RadiusName)!.Offset];

    /// <summary>The loss of a batch.</summary>
    private protected abstract PlanOperation LossOf(Activation scores, TensorSlot radius, Activation scoreGradient);

    /// <summary>What follows a step of Adam; null for nothing.</summary>
    private protected virtual PlanOperation? UpdateOf(Activation scores, TensorSlot radius, int epochs) => null;
}
