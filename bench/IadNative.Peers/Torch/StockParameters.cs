using IadNative.Bench.Versus.Exchange;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace IadNative.Peers.Torch;

/// <summary>
/// A tensor for each weight and bias, and TorchSharp's Adam over all of them; masks are multiplied in, as MADE is usually
/// written.
/// </summary>
internal sealed class StockParameters(ProblemData data) : TorchParameters(data)
{
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<Slot, Tensor> _masks = [];
    private optim.Optimizer? _adam;

    public override Tensor Masked(Slot slot, Tensor leaf)
    {
        if (Data.Mask.Length == 0) return leaf;
        if (!_masks.TryGetValue(slot, out Tensor? mask))
        {
            float[] values = Data.Mask[slot.Offset..(slot.Offset + slot.Length)];
            mask = tensor(values).view(slot.Rows, slot.Columns).DetachFromDisposeScope();
            _masks[slot] = mask;
        }

        return leaf * mask;
    }

    public override void ZeroGradient() => _adam!.zero_grad();

    public override void Step() => _adam!.step();

    protected override Tensor MakeLeaf(Slot slot, long[] stored, bool channelsLast)
    {
        var parameter = new Parameter(channelsLast ? zeros(stored).permute(0, 3, 1, 2) : zeros(stored));
        _parameters.Add(parameter);
        return parameter;
    }

    protected override void ResetAdam()
    {
        _adam?.Dispose();
        _adam = optim.Adam(_parameters, Data.Problem.LearningRate);
    }
}
