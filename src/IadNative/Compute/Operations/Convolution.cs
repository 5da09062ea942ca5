using IadNative.Data;

namespace IadNative.Compute.Operations;

/// <summary>
/// A convolution of images and what stands around it, as one unit: upsampling, 5 × 5 convolution, batch norm over channels, leaky
/// ReLU, max-pooling, each part optional but the second.
/// <para>
/// Upsampling is to the nearest: x̃[i][y][x] = in[i][⌊y/2⌋][⌊x/2⌋]. The convolution is a cross-correlation of stride 1 that keeps
/// the size, with zeros outside the image: z[o][y][x] = b[o] + Σ W[o][i][j][k] · x̃[i][y + j − 2][x + k − 2] over the input
/// channels i and the 5 × 5 taps j, k. Batch norm has one mean, one biased variance (one unbiased variance for the running
/// statistics), one γ and one β per channel, over all samples and positions: y = γ·(z − μ)/√(σ² + ε) + β. The leaky ReLU is that
/// of <see cref="DenseLayer"/>. Max-pooling keeps the largest of each 2 × 2 window; ties go to the first in row-major order,
/// which alone gets the gradient. As the ReLU never decreases, a device may pool first.
/// </para>
/// <para>
/// A transposed convolution of 5 × 5 taps with stride 1 and padding 2 is this very operation with each channel pair's taps turned
/// by 180 degrees; with random taps to start from the two are the same, so decoders use this one too. Either way 25 taps of every
/// input channel meet in one output: the fan-in is 25 · InputChannels.
/// </para>
/// </summary>
/// <param name="Name">Name of the layer, such as <c>encoder.0</c>.</param>
/// <param name="InputChannels">Images per sample on the way in.</param>
/// <param name="OutputChannels">Images per sample on the way out.</param>
/// <param name="Size">The images that the convolution itself reads and writes: behind upsampling, before pooling.</param>
/// <param name="Upsample">Whether images are doubled on the way in; both sides of Size are then even.</param>
/// <param name="Pool">Whether images are halved on the way out; both sides of Size are then even.</param>
/// <param name="Weight">W, OutputChannels × (InputChannels·25), row-major, in the parameter block.</param>
/// <param name="Bias">b, one per output channel, in the parameter block; null for none.</param>
/// <param name="Norm">Batch norm; null for none.</param>
/// <param name="Slope">Slope of the ReLU for inputs that are not above zero: 1 for a plain layer.</param>
internal sealed record ConvLayer(
    string Name, int InputChannels, int OutputChannels, ImageShape Size, bool Upsample, bool Pool, TensorSlot Weight,
    TensorSlot? Bias, BatchNorm? Norm, float Slope)
{
    /// <summary>Taps along one side of a kernel.</summary>
    public const int KernelSide = 5;

    /// <summary>Taps of a kernel.</summary>
    public const int Taps = KernelSide * KernelSide;

    /// <summary>Zeros around the image.</summary>
    public const int Border = KernelSide / 2;

    /// <summary>The images on the way in.</summary>
    public ImageShape InputSize => Upsample ? Size.Half : Size;

    /// <summary>The images on the way out.</summary>
    public ImageShape OutputSize => Pool ? Size.Half : Size;

    /// <summary>Numbers per sample on the way in.</summary>
    public int Inputs => InputChannels * InputSize.Pixels;

    /// <summary>Numbers per sample on the way out.</summary>
    public int Outputs => OutputChannels * OutputSize.Pixels;

    /// <summary>Pixels of an image of <see cref="Size"/> in its border of zeros.</summary>
    public long BorderedPixels => (Size.Height + (2L * Border)) * (Size.Width + (2L * Border));

    /// <summary>Whether there is a ReLU at all.</summary>
    public bool HasRelu => Slope != 1;
}

/// <summary>
/// A convolution and what stands around it forward: in training with the statistics of the batch, which also move the running
/// ones; in scoring with the running ones.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs.</param>
/// <param name="Output">B × Outputs.</param>
internal sealed record ConvForward(ConvLayer Layer, Activation Input, Activation Output) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output];
}

/// <summary>
/// A convolution and what stands around it backward: gradients of its parameters and, if asked for, of its input. What its
/// forward pass leaves behind for it beside input and output is the device's own affair.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs, as it went forward.</param>
/// <param name="Output">B × Outputs, as it came out.</param>
/// <param name="OutputGradient">d loss / d output, B × Outputs; used up.</param>
/// <param name="InputGradient">Receives d loss / d input, B × Inputs; null where nobody needs it.</param>
internal sealed record ConvBackward(
    ConvLayer Layer, Activation Input, Activation Output, Activation OutputGradient, Activation? InputGradient)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => InputGradient is null ? [] : [InputGradient];
}
