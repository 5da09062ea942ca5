using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// A convolution and what stands around it forward: the sums of the convolution by blocks of samples; the moments of the batch,
/// which move the running statistics; then the rest by blocks again.
/// </summary>
internal sealed unsafe class ConvForwardPass<T>(TrainingBatch batch, ConvWorkspace workspace, float* input, float* output)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private const int Convolve = 0, Activate = 1;

    // A number that is normalised, activated and pooled, in multiply-adds.
    private const int ActivationCost = 8;

    private readonly ConvLayer _layer = workspace.Layer;
    private readonly FloatBuffer _arranged = new(workspace.Layer.Weight.Length);
    private readonly (double Mean, double Squares)[] _blockMoments =
        new (double, double)[workspace.Blocks * workspace.Layer.OutputChannels];

    public override void Run()
    {
        int outputs = _layer.OutputChannels, blocks = Batch.Padded / T.Count;
        Convolution.Arrange(
            Batch.Parameters + _layer.Weight.Offset, outputs, _layer.InputChannels, turned: false, _arranged.Pointer);
        Batch.Team.Share(this, Convolve, blocks, 1, workspace.Cost(Batch.Padded));
        for (int o = 0; o < outputs; o++) workspace.Maps[o] = Map(o, blocks);
        Batch.Team.Share(
            this, Activate, blocks, 1, (long)ActivationCost * outputs * _layer.Size.Pixels * Batch.Padded);
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int block = first; block < end; block++)
        {
            if (phase == Convolve) ConvolveBlock(block, workspace.BorderedInput(member));
            else ActivateBlock(block);
        }
    }

    private void ConvolveBlock(int block, float* borderedInput)
    {
        int outputs = _layer.OutputChannels, height = _layer.Size.Height, width = _layer.Size.Width;
        float* start = _layer.Bias is { } bias ? Batch.Parameters + bias.Offset : null;
        ImageBlock.Load<T>(
            input + ((nint)block * T.Count), Batch.Stride, _layer.InputChannels, height, width, _layer.Upsample,
            ConvLayer.Border, borderedInput);
        Convolution.Forward<T>(
            borderedInput, _arranged.Pointer, start, _layer.InputChannels, outputs, height, width, workspace.Z(block, 0),
            T.Count);
        if (_layer.Norm is null) return;
        for (int o = 0; o < outputs; o++)
        {
            _blockMoments[(block * outputs) + o] =
                Reduce.Moments<T>(workspace.Z(block, o), _layer.Size.Pixels, LanesOf(block));
        }
    }

    private void ActivateBlock(int block)
    {
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            ChannelActivation.Forward<T>(
                workspace.Z(block, o), workspace.Maps[o], _layer.Size.Height, _layer.Size.Width, _layer.Pool,
                Batch.Samples - (block * T.Count), workspace.Output(output, block, o, Batch.Stride), Batch.Stride);
        }
    }

    // What batch norm makes of a channel with the moments of this batch, put together in the order of its blocks.
    private ChannelMap Map(int channel, int blocks)
    {
        if (_layer.Norm is not { } norm) return ChannelMap.Plain(_layer.Slope);
        var moments = default(ChannelMoments);
        for (int block = 0; block < blocks; block++)
        {
            (double mean, double squares) = _blockMoments[(block * _layer.OutputChannels) + channel];
            moments.Add((double)_layer.Size.Pixels * LanesOf(block), mean, squares);
        }

        ref float runningMean = ref Batch.Statistics[norm.RunningMean.Offset + channel];
        ref float runningVariance = ref Batch.Statistics[norm.RunningVariance.Offset + channel];
        runningMean += BatchNorm.Momentum * ((float)moments.Mean - runningMean);
        runningVariance += BatchNorm.Momentum * ((float)(moments.Squares / (moments.Count - 1)) - runningVariance);
        float inverse = (float)(1 / Math.Sqrt((moments.Squares / moments.Count) + BatchNorm.Epsilon));
        float gamma = norm.Scale is null ? 1 : Batch.Parameters[norm.Scale.Offset + channel];
        float beta = norm.Shift is null ? 0 : Batch.Parameters[norm.Shift.Offset + channel];
        return new ChannelMap((float)moments.Mean, inverse, gamma * inverse, beta, _layer.Slope);
    }

    private int LanesOf(int block) => Math.Min(T.Count, Batch.Samples - (block * T.Count));
}
