using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>dz of a layer, for one block of samples at a time: made channel by channel where it is read next, whole or a few columns of it.</summary>
/// <param name="batch">The batch.</param>
/// <param name="workspace">What the forward pass has left.</param>
/// <param name="output">What came out of the layer.</param>
/// <param name="outputGradient">d loss / d output; zero in lanes past the batch, which makes dz zero there too.</param>
/// <param name="means">What batch norm needs of the whole batch, for each channel: means of dy and of dy·ẑ.</param>
/// <param name="sums">Receives Σ dz of each block and channel that is written whole.</param>
internal sealed unsafe class ConvGradient<T>(
    TrainingBatch batch, ConvWorkspace workspace, float* output, float* outputGradient, (float Gradient, float Product)[] means, float[] sums)
    where T : struct, ILanes<T>
{
    private readonly ConvLayer _layer = workspace.Layer;

    /// <summary>The block.</summary>
    public int Block { get; set; }

    /// <summary>All of a channel, whose sum is taken down.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="target">Receives height rows of width vectors.</param>
    /// <param name="row">Floats between two rows of them.</param>
    public void Write(int channel, float* target, nint row) =>
        sums[(Block * _layer.OutputChannels) + channel] = Write(channel, 0, _layer.Size.Width, target, row);

    /// <summary>dz of some columns of a channel; zero in lanes past the batch.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="x">The first column; where the layer pools, an even number.</param>
    /// <param name="columns">How many; where the layer pools, an even number.</param>
    /// <param name="target">Receives height rows of so many vectors.</param>
    /// <param name="row">Floats between two rows of them.</param>
    /// <returns>Σ dz, of these columns.</returns>
    public float Write(int channel, int x, int columns, float* target, nint row)
    {
        (int height, int width, nint stride) = (_layer.Size.Height, _layer.Size.Width, batch.Stride);
        (int first, nint gradientRow) = _layer.Pool ? (x / 2, width / 2 * stride) : (x, width * stride);
        float* gradient = workspace.Output(outputGradient, Block, channel, batch.Stride) + (first * stride);
        if (_layer.Norm is not null)
        {
            (float meanGradient, float meanProduct) = means[channel];
            return ChannelActivation.Backward<T>(
                workspace.Z(Block, channel) + ((nint)x * T.Count), (nint)width * T.Count, workspace.Maps[channel], height, columns,
                _layer.Pool, gradient, gradientRow, stride, meanGradient, meanProduct, batch.Samples - (Block * T.Count), target, row);
        }

        if (_layer.Pool)
        {
            return WindowChoice.Backward<T>(
                workspace.Windows(Block, channel) + ((nint)first * T.Count), (nint)width / 2 * T.Count, _layer.Slope, height, columns, gradient,
                gradientRow, stride, target, row);
        }

        return ChannelActivation.BackwardOfOutput<T>(
            workspace.Output(output, Block, channel, batch.Stride) + (first * stride), _layer.Slope, height, columns, gradient, gradientRow, stride,
            target, row);
    }
}
