using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// A convolution and what stands around it in scoring, on feature-major activations: lanes are samples. Sums are those of one vector of
/// samples at a time. W′, arranged for them, and b′ are folded; to carry multipliers back, W′ is kept as it is too.
/// </summary>
internal sealed unsafe class ConvStep<T> : ScoringStep, ICarryingStep
    where T : struct, ILanes<T>
{
    private readonly ConvLayer _layer;
    private readonly ForwardConvolution<T> _convolution;
    private readonly float* _input, _output;
    private readonly int _stride, _arranged, _weight, _bias;
    private readonly FloatBuffer _sums;
    private FloatBuffer? _reference, _turned;

    public ConvStep(ScoringProgram<T> program, ConvForward operation)
    {
        ConvLayer layer = _layer = operation.Layer;
        _convolution = ForwardConvolution<T>.Of(layer);
        _input = program.InFeatures(operation.Input);
        _output = program.MakeFeatures(operation.Output);
        _stride = program.FeatureStride;
        _arranged = program.Reserve(_convolution.WeightLength);
        _weight = program.Reserve(Carries ? layer.Weight.Length : 0);
        _bias = program.Reserve(layer.OutputChannels);
        program.ReserveScratch(layer.Weight.Length);

        // On the way back what belongs to them stands in a border.
        _sums = new FloatBuffer(checked((int)(layer.OutputChannels * (Carries ? layer.BorderedPixels : layer.Size.Pixels) * T.Count)));
    }

    // Decoders, which upsample, are of models whose scores are sums over features.
    public bool Carries => !_layer.Upsample && _layer.Slope > 0;

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        BatchNormFolding.Fold(_layer.Weight, _layer.Bias, _layer.Norm, numbers, network.Scratch, network[_bias]);
        _convolution.Arrange(network.Scratch, network[_arranged]);
        if (!Carries) return;
        int length = _layer.Weight.Length;
        new ReadOnlySpan<float>(network.Scratch, length).CopyTo(new Span<float>(network[_weight], length));
    }

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        var map = ChannelMap.Plain(_layer.Slope);
        for (int s = 0; s < block.Samples; s += T.Count)
        {
            Convolve(network, s);
            for (int o = 0; o < _layer.OutputChannels; o++)
            {
                ChannelActivation.Forward<T>(
                    _sums.Pointer + ((nint)o * _layer.Size.Pixels * T.Count), map, _layer.Size.Height, _layer.Size.Width, _layer.Pool,
                    T.Count, _output + s + ((nint)o * _layer.OutputSize.Pixels * _stride), _stride);
            }
        }
    }

    public void Carry(FoldedNetwork network, int samples)
    {
        (int height, int width, int pixels) = (_layer.Size.Height, _layer.Size.Width, _layer.Size.Pixels);
        (int inputs, int outputs) = (_layer.InputChannels, _layer.OutputChannels);
        float* turned = (_turned ??= new FloatBuffer(_layer.Weight.Length)).Pointer, reference = null;
        Convolution.Arrange(network[_weight], inputs, outputs, turned: true, turned);
        for (int s = 0; s < samples; s += T.Count)
        {
            Convolve(network, s);
            if (s == 0 && samples > T.Count) reference = KeepReference(outputs * pixels);
            for (int o = 0; o < outputs; o++)
            {
                ChannelChord.Carry<T>(
                    _sums.Pointer + ((nint)o * pixels * T.Count), reference == null ? null : reference + (o * pixels), _layer.Slope, height,
                    width, _layer.Pool, _output + CpuScorer.ExplainedRows + s + ((nint)o * _layer.OutputSize.Pixels * _stride), _stride);
            }

            ImageBlock.AddBorder<T>(_sums.Pointer, outputs, height, width, ConvLayer.Border);
            Convolution.Forward<T>(
                _sums.Pointer, turned, null, outputs, inputs, height, width, _input + CpuScorer.ExplainedRows + s, _stride);
        }
    }

    // z of the reference, which is in the first vector alone; the widest vectors hold all samples that are explained together.
    private float* KeepReference(int length)
    {
        float* reference = (_reference ??= new FloatBuffer(length)).Pointer;
        for (int i = 0; i < length; i++) reference[i] = _sums.Pointer[(nint)i * T.Count];
        return reference;
    }

    // z of a vector of samples.
    private void Convolve(FoldedNetwork network, int sample) =>
        _convolution.Run(_input + sample, _stride, network[_arranged], network[_bias], _sums.Pointer);
}
