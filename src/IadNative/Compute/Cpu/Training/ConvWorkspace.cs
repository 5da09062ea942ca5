using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// What the training passes of a convolution and of what stands around it share. They go through the batch in blocks of as many
/// samples as a vector has lanes, so that the images of a block stay in the cache from one operation to the next; only z, the
/// sums of the convolution, is kept of the whole batch, from which the backward pass finds the rest again.
/// </summary>
internal sealed unsafe class ConvWorkspace
{
    private readonly FloatBuffer _z;
    private readonly FloatBuffer[] _borderedInputs;

    /// <summary>Memory for batches of a stride, vectors of some lanes, and teams of a size.</summary>
    public ConvWorkspace(ConvLayer layer, int stride, int lanes, int team)
    {
        Layer = layer;
        Lanes = lanes;
        BorderedPixels = (layer.Size.Height + (2 * ConvLayer.Border)) * (layer.Size.Width + (2 * ConvLayer.Border));
        Blocks = (stride + lanes - 1) / lanes;
        Maps = new ChannelMap[layer.OutputChannels];
        _z = new FloatBuffer(checked(layer.OutputChannels * layer.Size.Pixels * stride));
        _borderedInputs = Buffers(team, checked(layer.InputChannels * BorderedPixels * lanes));
    }

    /// <summary>The layer.</summary>
    public ConvLayer Layer { get; }

    /// <summary>Samples of a block.</summary>
    public int Lanes { get; }

    /// <summary>Blocks of the largest batch, at least.</summary>
    public int Blocks { get; }

    /// <summary>Pixels of an image in its border.</summary>
    public int BorderedPixels { get; }

    /// <summary>What became of each channel in the forward pass.</summary>
    public ChannelMap[] Maps { get; }

    /// <summary>Multiply-adds of one product of weights and images.</summary>
    public long Cost(int samples) => (long)Layer.Weight.Length * Layer.Size.Pixels * samples;

    /// <summary>z of a block's samples and one channel.</summary>
    public float* Z(int block, int channel) =>
        _z.Pointer + ((((nint)block * Layer.OutputChannels) + channel) * Lanes * Layer.Size.Pixels);

    /// <summary>Room for the images of a block in a border of zeros.</summary>
    public float* BorderedInput(int member) => _borderedInputs[member].Pointer;

    /// <summary>The first pixel of a block's samples and one channel of the output or its gradient.</summary>
    public float* Output(float* activation, int block, int channel, int stride) =>
        activation + ((nint)block * Lanes) + ((nint)channel * Layer.OutputSize.Pixels * stride);

    /// <summary>As many buffers of one length.</summary>
    public static FloatBuffer[] Buffers(int count, int length) =>
        [.. Enumerable.Range(0, count).Select(_ => new FloatBuffer(length))];
}
