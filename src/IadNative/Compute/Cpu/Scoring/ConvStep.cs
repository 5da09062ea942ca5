using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>
/// A convolution and what stands around it, on feature-major activations: lanes are samples. Input and sums are those of one
/// vector of samples at a time.
/// </summary>
internal sealed unsafe class ConvStep<T> : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly int _operation, _stride;
    private readonly ConvLayer _layer;
    private readonly float* _input, _output;
    private readonly FloatBuffer _images, _sums;

    /// <summary>A step from input to output, with <paramref name="stride"/> floats between two features of both.</summary>
    public ConvStep(int operation, ConvLayer layer, float* input, float* output, int stride)
    {
        (_operation, _layer, _stride) = (operation, layer, stride);
        _input = input;
        _output = output;
        int bordered = (layer.Size.Height + (2 * ConvLayer.Border)) * (layer.Size.Width + (2 * ConvLayer.Border));
        _images = new FloatBuffer(checked(layer.InputChannels * bordered * T.Count));
        _sums = new FloatBuffer(checked(layer.OutputChannels * layer.Size.Pixels * T.Count));
    }

    public override void Run(FoldedNetwork network, int samples)
    {
        (int height, int width) = (_layer.Size.Height, _layer.Size.Width);
        var map = ChannelMap.Plain(_layer.Slope);
        for (int s = 0; s < samples; s += T.Count)
        {
            ImageBlock.Load<T>(
                _input + s, _stride, _layer.InputChannels, height, width, _layer.Upsample, ConvLayer.Border, _images.Pointer);
            Convolution.Forward<T>(
                _images.Pointer, network.Weight(_operation), network.Bias(_operation), _layer.InputChannels,
                _layer.OutputChannels, height, width, _sums.Pointer, T.Count);
            for (int o = 0; o < _layer.OutputChannels; o++)
            {
                ChannelActivation.Forward<T>(
                    _sums.Pointer + ((nint)o * _layer.Size.Pixels * T.Count), map, height, width, _layer.Pool, T.Count,
                    _output + s + ((nint)o * _layer.OutputSize.Pixels * _stride), _stride);
            }
        }
    }
}
