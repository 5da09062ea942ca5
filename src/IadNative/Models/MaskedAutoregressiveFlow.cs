using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// Masked autoregressive flow (Papamakarios et al., 2017): the negative log-likelihood is loss and score (Eq. 6–7). Its network's
/// widths are those of the hidden layers in each of its blocks.
/// </summary>
public sealed record MaskedAutoregressiveFlow : BaseModel
{
    /// <summary>How the hidden units of the MADE blocks get their degrees.</summary>
    public MadeDegrees Degrees { get; init; }

    /// <summary>
    /// Whether importance weights follow the density instead of its logarithm: −exp(min(nll_med − nll, 500)), which is Eq. 8 up to
    /// a positive factor. Scores, ranks and AUC are those of the negative log-likelihood either way.
    /// </summary>
    public bool WeightByDensity { get; init; }

    /// <inheritdoc/>
    public override string Name => "maf";

    /// <inheritdoc/>
    public override string Title => "masked autoregressive flow";

    /// <inheritdoc/>
    public override int DefaultEpochs => 5;

    internal override MemberScale MemberScale => MemberScale.SubtractMedian;

    internal override WeighedScore Weighs => WeightByDensity ? WeighedScore.Density : WeighedScore.Plain;

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => new(32, 32);

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs)
    {
        NetworkPasses flow = FlowNetwork.Build(network, features, units => HiddenDegrees(units, features));
        return flow.ToPlan(
            new NegativeLogLikelihood(flow.Output, flow.LogDeterminant!, flow.Scores),
            new ScoreLoss(flow.Scores, flow.ScoreGradient),
            new NegativeLogLikelihoodBackward(flow.Output, flow.ScoreGradient, flow.OutputGradient));
    }

    private int[] HiddenDegrees(int units, int features)
    {
        int span = Math.Max(features - 1, 1);
        return [.. Enumerable.Range(0, units).Select(k => Degrees == MadeDegrees.Sequential ? k % span : (int)((long)k * span / units))];
    }
}
