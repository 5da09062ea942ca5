using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/fold.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FoldArguments
{
    public ulong Weight, Bias, Scale, Shift, RunningMean, RunningVariance, FoldedWeight, FoldedBias;
    public long ParameterStride, StatisticsStride, FoldedStride;
    public int Inputs;
    public float Epsilon;
}

/// <summary>
/// The linear parts of layers as they are in scoring: one weight and one bias each, with batch norm folded in. They are folded
/// anew whenever rows are scored.
/// </summary>
internal sealed class FoldedLayers(CudaScoring scoring)
{
    /// <summary>Folds a layer; to be launched for the layer's units.</summary>
    public static readonly KernelDefinition<FoldArguments> Kernel = new(
        "fold.cu", "fold_layer", (in _, replicas, units) => new LaunchShape(units, replicas, 1, 128));

    private readonly List<FoldedLayer> _layers = [];
    private readonly DeviceBuffer _block = scoring.Arena.Reserve<float>(0);
    private Kernel<FoldArguments>? _kernel;
    private long _length;

    /// <summary>Floats from one replica's folded layers to the next one's.</summary>
    public long Stride => DeviceLayout.RoundUp(_length, DeviceLayout.ReplicaAlignment);

    /// <summary>Adds a layer of a weight of so many units and inputs.</summary>
    public FoldedLayer Add(TensorSlot weight, TensorSlot? bias, BatchNorm? norm, int units, int inputs)
    {
        _kernel ??= scoring.Kernel(Kernel);
        var layer = new FoldedLayer(_block, _length, weight, bias, norm, units, inputs);
        _layers.Add(layer);
        _length = DeviceLayout.RoundUp(layer.BiasOffset + units, DeviceLayout.TensorAlignment);
        return layer;
    }

    /// <summary>Reserves the memory of all layers.</summary>
    public void Reserve() => _block.Enlarge<float>(Stride * scoring.State.Replicas);

    /// <summary>Folds all layers of all replicas.</summary>
    public void Fold()
    {
        CudaState state = scoring.State;
        foreach (FoldedLayer layer in _layers)
        {
            _kernel!.Launch(
                new FoldArguments
                {
                    Weight = state.Parameter(layer.Weight),
                    Bias = state.Parameter(layer.Bias),
                    Scale = state.Parameter(layer.Norm?.Scale),
                    Shift = state.Parameter(layer.Norm?.Shift),
                    RunningMean = state.Statistic(layer.Norm?.RunningMean),
                    RunningVariance = state.Statistic(layer.Norm?.RunningVariance),
                    FoldedWeight = layer.FoldedWeight,
                    FoldedBias = layer.FoldedBias,
                    ParameterStride = scoring.State.ParameterStride,
                    StatisticsStride = scoring.State.StatisticsStride,
                    FoldedStride = Stride,
                    Inputs = layer.Inputs,
                    Epsilon = BatchNorm.Epsilon,
                },
                state.Replicas, layer.Units);
        }
    }
}

/// <summary>One of them.</summary>
/// <param name="Block">The block of replica 0's folded layers.</param>
/// <param name="Offset">Where in the block its weight lies; its bias follows, both aligned as tensors are.</param>
/// <param name="Weight">Units × Inputs in the parameter block.</param>
/// <param name="Bias">Units in the parameter block; null for none.</param>
/// <param name="Norm">Batch norm; null for none.</param>
/// <param name="Units">Rows of the weight.</param>
/// <param name="Inputs">Columns of the weight.</param>
internal sealed record FoldedLayer(
    DeviceBuffer Block, long Offset, TensorSlot Weight, TensorSlot? Bias, BatchNorm? Norm, int Units, int Inputs)
{
    /// <summary>Replica 0's weight.</summary>
    public ulong FoldedWeight => Block.Address + ((ulong)Offset * sizeof(float));

    /// <summary>Replica 0's bias.</summary>
    public ulong FoldedBias => Block.Address + ((ulong)BiasOffset * sizeof(float));

    /// <summary>Where in the block its bias lies.</summary>
    public long BiasOffset => DeviceLayout.RoundUp(Offset + Weight.Length, DeviceLayout.TensorAlignment);
}
