using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;

namespace IadNative.Peers.Torch;

/// <summary>The network of a problem with its loss per sample, in training and in scoring mode.</summary>
internal abstract class TorchNetwork(ProblemData data)
{
    protected Tensor Statistics { get; } = tensor(data.Statistics);

    private readonly Tensor _freshStatistics = tensor(data.Statistics);

    public static TorchNetwork Of(ProblemData data, TorchParameters parameters, bool channelsLast) =>
        data.Problem.Blocks.Count > 0 ? new TorchFlow(data, parameters) : new TorchChain(data, parameters, channelsLast);

    /// <summary>Running statistics as they were at first.</summary>
    public void ResetStatistics()
    {
        using (no_grad()) Statistics.copy_(_freshStatistics);
    }

    /// <summary>f of each sample of a batch.</summary>
    public abstract Tensor SampleLoss(Tensor x, bool training);

    /// <summary>Sets the center of Deep SVDD to the mean output over rows; other networks have none.</summary>
    public virtual void PlaceCenter(Tensor rows)
    {
    }

    protected Tensor Statistic(Slot slot) => Statistics.narrow(0, slot.Offset, slot.Length);
}
