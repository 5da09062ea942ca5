using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// A convolution and what stands around it backward, after a forward pass on the same batch: the sums that batch norm needs, by
/// blocks of samples; then, in groups of blocks whose number depends on the batch alone, the gradients of z, the weights and the
/// input, block by block. What the groups add up for the weights is added in their order.
/// </summary>
internal sealed unsafe class ConvBackwardPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    private const int AddUp = 0, PassOn = 1, MostGroups = 8;

    private readonly ConvWorkspace _workspace;
    private readonly ConvLayer _layer;
    private readonly float* _input, _outputGradient, _inputGradient;
    private readonly bool _passesBack;
    private readonly BackwardConvolution<T>[] _convolutions;
    private readonly ConvGradient<T>[] _gradients;
    private readonly FloatBuffer _weights;
    private readonly FloatBuffer[] _groupProducts;
    private readonly (float Gradient, float Product)[] _blockSums;
    private readonly float[] _blockBiases;
    private readonly (float Gradient, float Product)[] _means;

    private int _blocks, _groups;

    /// <summary>The pass of a layer; without an input gradient it ends there.</summary>
    public ConvBackwardPass(
        TrainingBatch batch, ConvWorkspace workspace, float* input, float* output, float* outputGradient, float* inputGradient)
        : base(batch)
    {
        _workspace = workspace;
        _layer = workspace.Layer;
        _input = input;
        _outputGradient = outputGradient;
        _inputGradient = inputGradient;
        _passesBack = inputGradient != null;
        int outputs = _layer.OutputChannels;
        _convolutions = [.. Enumerable.Range(0, batch.Team.Size).Select(_ => BackwardConvolution<T>.Of(workspace.Layer, _passesBack))];
        _weights = new FloatBuffer(_convolutions[0].WeightLength);
        _groupProducts = [.. Enumerable.Range(0, Math.Min(MostGroups, workspace.Blocks))
            .Select(_ => new FloatBuffer(_convolutions[0].ProductLength))];
        _blockSums = new (float, float)[workspace.Blocks * outputs];
        _blockBiases = new float[workspace.Blocks * outputs];
        _means = new (float, float)[outputs];
        _gradients = new ConvGradient<T>[batch.Team.Size];
        for (int i = 0; i < _gradients.Length; i++)
            _gradients[i] = new ConvGradient<T>(batch, workspace, output, outputGradient, _means, _blockBiases);
    }

    public override void Run()
    {
        _blocks = Batch.Padded / T.Count;
        _groups = Math.Min(MostGroups, _blocks);
        if (_layer.Norm is not null)
        {
            Batch.Team.Share(this, AddUp, _blocks, 1, _workspace.ActivationCost(Batch.Padded));
        }

        for (int o = 0; o < _layer.OutputChannels; o++) TakeSums(o);
        BackwardConvolution<T> convolution = _convolutions[0];
        convolution.Arrange(Batch.Parameters + _layer.Weight.Offset, _weights.Pointer);
        Batch.Team.Share(this, PassOn, _groups, 1, (_passesBack ? 2 : 1) * _workspace.Cost(Batch.Padded));
        for (int o = 0; o < _layer.OutputChannels; o++) TakeBias(o);
        FloatBuffer products = _groupProducts[0];
        foreach (FloatBuffer others in _groupProducts.AsSpan(1, _groups - 1))
        {
            convolution.Add(products.Pointer, others.Pointer);
            others.Span.Clear();
        }

        convolution.Collect(products.Pointer, Batch.Gradient + _layer.Weight.Offset);
        products.Span.Clear();
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int item = first; item < end; item++)
        {
            if (phase == AddUp)
            {
                AddUpBlock(item);
                continue;
            }

            for (int block = _blocks * item / _groups; block < _blocks * (item + 1) / _groups; block++)
                PassBlock(block, member, _groupProducts[item].Pointer);
        }
    }

    // Σ dy and Σ dy·ẑ of each channel of a block.
    private void AddUpBlock(int block)
    {
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            _blockSums[(block * _layer.OutputChannels) + o] = ChannelActivation.Sums<T>(
                _layer.Pool ? _workspace.Windows(block, o) : _workspace.Z(block, o), _workspace.Maps[o], _layer.OutputSize.Pixels,
                _workspace.Output(_outputGradient, block, o, Batch.Stride), Batch.Stride);
        }
    }

    // The means over the batch, in the order of the blocks; zero without batch norm, where nobody needs them.
    private void TakeSums(int channel)
    {
        double gradient = 0, product = 0, count = (double)_layer.Size.Pixels * Batch.Samples;
        for (int block = 0; _layer.Norm is not null && block < _blocks; block++)
        {
            (float Gradient, float Product) sums = _blockSums[(block * _layer.OutputChannels) + channel];
            gradient += sums.Gradient;
            product += sums.Product;
        }

        if (_layer.Norm?.Scale is { } scale) Batch.Gradient[scale.Offset + channel] = (float)product;
        if (_layer.Norm?.Shift is { } shift) Batch.Gradient[shift.Offset + channel] = (float)gradient;
        _means[channel] = ((float)(gradient / count), (float)(product / count));
    }

    // What dz of a block adds to the products, and the gradient of its input.
    private void PassBlock(int block, int member, float* products)
    {
        nint at = (nint)block * T.Count;
        _gradients[member].Block = block;
        _convolutions[member].Run(
            _gradients[member], _input + at, _passesBack ? _inputGradient + at : null, Batch.Stride, _weights.Pointer, products);
    }

    private void TakeBias(int channel)
    {
        if (_layer.Bias is not { } bias) return;
        float sum = 0;
        for (int block = 0; block < _blocks; block++) sum += _blockBiases[(block * _layer.OutputChannels) + channel];
        Batch.Gradient[bias.Offset + channel] = sum;
    }
}
