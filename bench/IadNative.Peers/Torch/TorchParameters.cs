using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;

namespace IadNative.Peers.Torch;

/// <summary>The parameters of a network, their gradients, and Adam over them.</summary>
internal abstract class TorchParameters(ProblemData data)
{
    private readonly List<(Slot Slot, Tensor Leaf)> _leaves = [];

    protected ProblemData Data { get; } = data;

    /// <summary>The tensor of a slot, seen in a shape.</summary>
    /// <param name="slot">Where its values lie.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="channelsLast">Whether a kernel O × I × H × W lies as O × H × W × I.</param>
    public Tensor Add(Slot slot, long[] shape, bool channelsLast = false)
    {
        long[] stored = channelsLast ? [shape[0], shape[2], shape[3], shape[1]] : shape;
        Tensor leaf = MakeLeaf(slot, stored, channelsLast);
        _leaves.Add((slot, leaf));
        return leaf;
    }

    /// <summary>A masked weight as it goes into a product.</summary>
    public abstract Tensor Masked(Slot slot, Tensor leaf);

    /// <summary>The parameters that a round starts from, and no momentum.</summary>
    public void Reset(int round)
    {
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            foreach ((Slot slot, Tensor leaf) in _leaves)
                leaf.copy_(tensor(Data.InitialParameters(round).Slice(slot.Offset, slot.Length).ToArray()).view(leaf.shape));
        }

        ResetAdam();
    }

    /// <summary>Before a backward pass.</summary>
    public abstract void ZeroGradient();

    /// <summary>After a backward pass.</summary>
    public abstract void Step();

    protected abstract Tensor MakeLeaf(Slot slot, long[] stored, bool channelsLast);

    protected abstract void ResetAdam();

    protected static Tensor View(Tensor flat, Slot slot, long[] stored, bool channelsLast)
    {
        Tensor view = flat.narrow(0, slot.Offset, slot.Length).view(stored);
        return channelsLast ? view.permute(0, 3, 1, 2) : view;
    }
}
