using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// A convolution and what stands around it forward: the sums of the convolution by blocks of samples; the moments of the batch,
/// which move the running statistics; then the rest by blocks again.
/// </summary>
internal sealed unsafe class ConvForwardPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    private const int Convolve = 0, Normalize = 1, All = 2;

    private readonly ConvWorkspace _workspace;
    private readonly ConvLayer _layer;
    private readonly float* _input, _output;
    private readonly ForwardConvolution<T>[] _convolutions;
    private readonly FloatBuffer[] _sums;
    private readonly FloatBuffer _weights;
    private readonly (double Mean, double Squares)[] _blockMoments;

    /// <summary>The pass of a layer.</summary>
    public ConvForwardPass(TrainingBatch batch, ConvWorkspace workspace, float* input, float* output)
        : base(batch)
    {
        _workspace = workspace;
        _layer = workspace.Layer;
        _input = input;
        _output = output;
        _convolutions = [.. Enumerable.Range(0, batch.Team.Size).Select(_ => ForwardConvolution<T>.Of(workspace.Layer))];

        // z of one block for each thread; with batch norm it is kept of all.
        _sums = _layer.Norm is not null
            ? []
            : [.. _convolutions.Select(_ => new FloatBuffer(checked(_layer.OutputChannels * _layer.Size.Pixels * T.Count)))];
        _weights = new FloatBuffer(_convolutions[0].WeightLength);
        _blockMoments = new (double, double)[workspace.Blocks * _layer.OutputChannels];
    }

    public override void Run()
    {
        int outputs = _layer.OutputChannels, blocks = Batch.Padded / T.Count;
        _convolutions[0].Arrange(Batch.Parameters + _layer.Weight.Offset, _weights.Pointer);
        long convolving = _workspace.Cost(Batch.Padded);
        long activating = _workspace.ActivationCost(Batch.Padded);
        if (_layer.Norm is null)
        {
            // Nothing has to be known of the whole batch: z is activated while it is in the cache.
            Batch.Team.Share(this, All, blocks, 1, convolving + activating);
            return;
        }

        Batch.Team.Share(this, Convolve, blocks, 1, convolving);
        for (int o = 0; o < outputs; o++) _workspace.Maps[o] = Map(o, blocks, _layer.Norm);
        Batch.Team.Share(this, Normalize, blocks, 1, activating);
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int block = first; block < end; block++)
        {
            switch (phase)
            {
                case All:
                    ConvolveBlock(block, _convolutions[member], _sums[member].Pointer);
                    ActivateBlock(block, _sums[member].Pointer);
                    break;
                case Convolve:
                    ConvolveBlock(block, _convolutions[member], _workspace.Z(block, 0));
                    AddUpBlock(block);
                    break;
                default:
                    NormalizeBlock(block);
                    break;
            }
        }
    }

    private void ConvolveBlock(int block, ForwardConvolution<T> convolution, float* z)
    {
        float* start = _layer.Bias is { } bias ? Batch.Parameters + bias.Offset : null;
        convolution.Run(_input + ((nint)block * T.Count), Batch.Stride, _weights.Pointer, start, z);
    }

    private void AddUpBlock(int block)
    {
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            _blockMoments[(block * _layer.OutputChannels) + o] =
                Reduce.Moments<T>(_workspace.Z(block, o), _layer.Size.Pixels, LanesOf(block));
        }
    }

    private void NormalizeBlock(int block)
    {
        (int height, int width, int lanes) = (_layer.Size.Height, _layer.Size.Width, Batch.Samples - (block * T.Count));
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            float* z = _workspace.Z(block, o), output = _workspace.Output(_output, block, o, Batch.Stride);
            ref readonly ChannelMap map = ref _workspace.Maps[o];
            if (_layer.Pool)
            {
                ChannelActivation.ForwardPooled<T>(z, map, height, width, lanes, output, Batch.Stride, _workspace.Windows(block, o));
            }
            else
            {
                ChannelActivation.Forward<T>(z, map, height, width, pool: false, lanes, output, Batch.Stride);
            }
        }
    }

    private void ActivateBlock(int block, float* z)
    {
        (int height, int width, int lanes) = (_layer.Size.Height, _layer.Size.Width, Batch.Samples - (block * T.Count));
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            float* output = _workspace.Output(_output, block, o, Batch.Stride);
            if (_layer.Pool)
            {
                WindowChoice.Forward<T>(z, _layer.Slope, height, width, lanes, output, Batch.Stride, _workspace.Windows(block, o));
            }
            else
            {
                ChannelActivation.Forward<T>(z, ChannelMap.Plain(_layer.Slope), height, width, pool: false, lanes, output, Batch.Stride);
            }

            z += (nint)_layer.Size.Pixels * T.Count;
        }
    }

    // What batch norm makes of a channel with the moments of this batch, put together in the order of its blocks.
    private ChannelMap Map(int channel, int blocks, BatchNorm norm)
    {
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
