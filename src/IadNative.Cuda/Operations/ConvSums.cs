using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>Sums over the batch of a convolution: partial sums of chunks, in room that all convolutions share, added up in order.</summary>
internal sealed class ConvSums
{
    /// <summary>Samples of a chunk in sums per channel.</summary>
    public const int Chunk = 8;

    /// <summary>Samples of a chunk in the weight's gradient, of which a block sums more at a time.</summary>
    public const int WeightChunk = 4;

    private readonly CudaTrainingStep _training;
    private readonly ConvLayer _layer;
    private readonly Kernel<ChannelSumArguments> _sum;
    private readonly Kernel<AddPartialsArguments> _addPartials;

    public ConvSums(CudaTrainingStep training, ConvLayer layer)
    {
        (_training, _layer) = (training, layer);
        _sum = training.Kernel(ChannelNormKernels.ChannelSum);
        _addPartials = training.Kernel(ConvKernels.AddPartials);
        long chunks = (long)LaunchShape.Blocks(training.LargestBatch, Chunk) * training.State.Replicas;
        long weightChunks = (long)LaunchShape.Blocks(training.LargestBatch, WeightChunk) * training.State.Replicas;
        Weights = training.Workspace<float>("partial sums of weights", weightChunks * layer.Weight.Length);
        Sums = training.Workspace<float>("partial sums of channels", chunks * layer.OutputChannels);
        Products = training.Workspace<float>("partial sums of products", chunks * layer.OutputChannels);
    }

    /// <summary>Partial sums of the weight's gradient.</summary>
    public DeviceBuffer Weights { get; }

    /// <summary>Partial sums per channel.</summary>
    public DeviceBuffer Sums { get; }

    /// <summary>More of them, of squares or products.</summary>
    public DeviceBuffer Products { get; }

    /// <summary>Partial sums of values, per channel.</summary>
    public void Add(RowBuffer values, int samples) => _sum.Launch(
        new ChannelSumArguments
        {
            Values = values.Address,
            Partials = Sums.Address,
            Stride = values.Stride,
            Pixels = _layer.Size.Pixels,
            Samples = samples,
            Chunk = Chunk,
        },
        _training.State.Replicas, _layer.OutputChannels);

    /// <summary>The gradient of the weight from its partial sums.</summary>
    public void AddToWeight(int samples) => AddTo(_layer.Weight, Weights, LaunchShape.Blocks(samples, WeightChunk));

    /// <summary>The gradient of the bias from partial sums per channel.</summary>
    public void AddToBias(TensorSlot bias, int samples) => AddTo(bias, Sums, LaunchShape.Blocks(samples, Chunk));

    private void AddTo(TensorSlot slot, DeviceBuffer partials, int chunks) => _addPartials.Launch(
        new AddPartialsArguments
        {
            Partials = partials.Address,
            Sums = _training.State.GradientOf(slot),
            SumsStride = _training.State.ParameterStride,
            Length = slot.Length,
            Chunks = chunks,
        },
        _training.State.Replicas);
}
