using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// What the training passes of a convolution and of what stands around it share. They go through the batch in blocks of as many
/// samples as a vector has lanes, so that the images of a block stay in the cache from one operation to the next. Of the whole batch is kept what
/// the backward pass finds the rest from: with batch norm z, the sums of the convolution; where the layer pools, the largest of each window, or,
/// without batch norm, which it was.
/// </summary>
internal sealed unsafe class ConvWorkspace
{
    private readonly FloatBuffer _z, _windows;

    /// <summary>Memory for batches of a stride and vectors of some lanes.</summary>
    public ConvWorkspace(ConvLayer layer, int stride, int lanes)
    {
        Layer = layer;
        Lanes = lanes;
        Blocks = (stride + lanes - 1) / lanes;
        Maps = new ChannelMap[layer.OutputChannels];
        _z = new FloatBuffer(layer.Norm is null ? 0 : checked(layer.OutputChannels * layer.Size.Pixels * stride));
        _windows = new FloatBuffer(layer.Pool ? checked(layer.OutputChannels * layer.OutputSize.Pixels * stride) : 0);
    }

    /// <summary>The layer.</summary>
    public ConvLayer Layer { get; }

    /// <summary>Samples of a block.</summary>
    public int Lanes { get; }

    /// <summary>Blocks of the largest batch, at least.</summary>
    public int Blocks { get; }

    /// <summary>What became of each channel in the forward pass.</summary>
    public ChannelMap[] Maps { get; }

    /// <summary>Multiply-adds of one product of weights and images, at most.</summary>
    public long Cost(int samples) => (long)Layer.Weight.Length * Layer.Size.Pixels * samples;

    /// <summary>Multiply-adds that normalising, activating and pooling is worth.</summary>
    public long ActivationCost(int samples) => 8L * Layer.OutputChannels * Layer.Size.Pixels * samples;

    /// <summary>z of a block's samples and one channel, with batch norm.</summary>
    public float* Z(int block, int channel) =>
        _z.Pointer + ((((nint)block * Layer.OutputChannels) + channel) * Lanes * Layer.Size.Pixels);

    /// <summary>
    /// A vector for each window of a block's samples and one channel, with pooling: the z of the largest y with batch norm, the
    /// <see cref="WindowChoice"/> without it.
    /// </summary>
    public float* Windows(int block, int channel) =>
        _windows.Pointer + ((((nint)block * Layer.OutputChannels) + channel) * Lanes * Layer.OutputSize.Pixels);

    /// <summary>The first pixel of a block's samples and one channel of the output or its gradient.</summary>
    public float* Output(float* activation, int block, int channel, int stride) =>
        activation + ((nint)block * Lanes) + ((nint)channel * Layer.OutputSize.Pixels * stride);
}
