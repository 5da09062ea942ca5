using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// A convolution and what stands around it backward, after a forward pass on the same batch: the sums that batch norm needs, by
/// blocks of samples; then, as many blocks at a time as the team has members, the gradients of z and of the input by blocks, and
/// that of the weights by channels, in the order of the blocks.
/// </summary>
internal sealed unsafe class ConvBackwardPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    private const int AddUp = 0, PassBlock = 1, AddProducts = 2;

    // A number that is normalised, activated and pooled, in multiply-adds.
    private const int ActivationCost = 8;

    private readonly ConvWorkspace _workspace;
    private readonly ConvLayer _layer;
    private readonly float* _input, _outputGradient, _inputGradient;
    private readonly bool _passesBack;
    private readonly FloatBuffer _arranged, _products;
    private readonly FloatBuffer[] _inputBlocks, _gradientBlocks, _passedBack;
    private readonly (float Gradient, float Product)[] _blockSums;
    private readonly float[] _blockBiases;
    private readonly (float Gradient, float Product)[] _means;

    // The blocks that the team is at.
    private int _firstBlock, _blocks;

    /// <summary>The pass of a layer; without an input gradient it ends there.</summary>
    public ConvBackwardPass(
        TrainingBatch batch, ConvWorkspace workspace, float* input, float* outputGradient, float* inputGradient)
        : base(batch)
    {
        _workspace = workspace;
        _layer = workspace.Layer;
        _input = input;
        _outputGradient = outputGradient;
        _inputGradient = inputGradient;
        _passesBack = inputGradient != null;
        int inputs = _layer.InputChannels, outputs = _layer.OutputChannels, pixels = _layer.Size.Pixels, team = batch.Team.Size;
        _arranged = new FloatBuffer(_layer.Weight.Length);
        _products = new FloatBuffer(checked(_layer.Weight.Length * T.Count));
        _inputBlocks = ConvWorkspace.Buffers(team, _passesBack ? checked(inputs * pixels * T.Count) : 0);
        _gradientBlocks = ConvWorkspace.Buffers(
            team, checked(outputs * (_passesBack ? workspace.BorderedPixels : pixels) * T.Count));
        _passedBack = ConvWorkspace.Buffers(team, _passesBack && _layer.Upsample ? checked(inputs * pixels * T.Count) : 0);
        _blockSums = new (float, float)[workspace.Blocks * outputs];
        _blockBiases = new float[workspace.Blocks * outputs];
        _means = new (float, float)[outputs];
    }

    public override void Run()
    {
        int blocks = Batch.Padded / T.Count;
        float* weights = Batch.Parameters + _layer.Weight.Offset;
        if (_layer.Norm is not null)
        {
            Batch.Team.Share(
                this, AddUp, blocks, 1, (long)ActivationCost * _layer.OutputChannels * _layer.Size.Pixels * Batch.Padded);
        }

        for (int o = 0; o < _layer.OutputChannels; o++) TakeSums(o, blocks);
        if (_passesBack)
            Convolution.Arrange(weights, _layer.InputChannels, _layer.OutputChannels, turned: true, _arranged.Pointer);
        for (_firstBlock = 0; _firstBlock < blocks; _firstBlock += _blocks)
        {
            _blocks = Math.Min(Batch.Team.Size, blocks - _firstBlock);
            long cost = _workspace.Cost(_blocks * T.Count);
            Batch.Team.Share(this, PassBlock, _blocks, 1, cost);
            Batch.Team.Share(this, AddProducts, PlainChannels, Convolution.ProductChannels, cost);
        }

        for (int o = 0; o < _layer.OutputChannels; o++) TakeBias(o, blocks);
        Convolution.CollectProducts<T>(
            _products.Pointer, _layer.OutputChannels, _layer.InputChannels, _passesBack, Batch.Gradient + _layer.Weight.Offset);
    }

    public void Part(int phase, int first, int end, int member)
    {
        if (phase == AddProducts)
        {
            AddProductsOf(first, end);
            return;
        }

        for (int item = first; item < end; item++)
        {
            if (phase == AddUp) AddUpBlock(item);
            else PassOn(item);
        }
    }

    // One of the two stands in a border: the gradient where it is carried on, the images where it ends here.
    private int PlainChannels => _passesBack ? _layer.InputChannels : _layer.OutputChannels;

    private int BorderedChannels => _passesBack ? _layer.OutputChannels : _layer.InputChannels;

    private float* OutputGradient(int block, int channel) =>
        _workspace.Output(_outputGradient, block, channel, Batch.Stride);

    // Σ dy and Σ dy·ẑ of each channel of a block.
    private void AddUpBlock(int block)
    {
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            _blockSums[(block * _layer.OutputChannels) + o] = ChannelActivation.Sums<T>(
                _workspace.Z(block, o), _workspace.Maps[o], _layer.Size.Height, _layer.Size.Width, _layer.Pool,
                OutputGradient(block, o), Batch.Stride);
        }
    }

    // The means over the batch, in the order of the blocks; zero without batch norm, where nobody needs them.
    private void TakeSums(int channel, int blocks)
    {
        double gradient = 0, product = 0, count = (double)_layer.Size.Pixels * Batch.Samples;
        for (int block = 0; _layer.Norm is not null && block < blocks; block++)
        {
            (float Gradient, float Product) sums = _blockSums[(block * _layer.OutputChannels) + channel];
            gradient += sums.Gradient;
            product += sums.Product;
        }

        if (_layer.Norm?.Scale is { } scale) Batch.Gradient[scale.Offset + channel] = (float)product;
        if (_layer.Norm?.Shift is { } shift) Batch.Gradient[shift.Offset + channel] = (float)gradient;
        _means[channel] = ((float)(gradient / count), (float)(product / count));
    }

    // dz of a block, in a border if it is to be carried on; then the gradient of its input.
    private void PassOn(int slot)
    {
        int block = _firstBlock + slot, height = _layer.Size.Height, width = _layer.Size.Width;
        int border = _passesBack ? ConvLayer.Border : 0, rowPixels = width + (2 * border);
        nint row = (nint)rowPixels * T.Count;
        nint plane = (nint)T.Count * (_passesBack ? _workspace.BorderedPixels : _layer.Size.Pixels);
        float* dz = _gradientBlocks[slot].Pointer + ((((nint)border * rowPixels) + border) * T.Count);
        for (int o = 0; o < _layer.OutputChannels; o++)
        {
            (float gradient, float product) = _means[o];
            _blockBiases[(block * _layer.OutputChannels) + o] = ChannelActivation.Backward<T>(
                _workspace.Z(block, o), _workspace.Maps[o], height, width, _layer.Pool, OutputGradient(block, o), Batch.Stride,
                gradient, product, Batch.Samples - (block * T.Count), dz + (o * plane), row);
        }

        nint at = (nint)block * T.Count;
        ImageBlock.Load<T>(
            _input + at, Batch.Stride, _layer.InputChannels, height, width, _layer.Upsample,
            _passesBack ? 0 : ConvLayer.Border, _passesBack ? _inputBlocks[slot].Pointer : _workspace.BorderedInput(slot));
        if (!_passesBack) return;
        float* target = _layer.Upsample ? _passedBack[slot].Pointer : _inputGradient + at;
        Convolution.Forward<T>(
            _gradientBlocks[slot].Pointer, _arranged.Pointer, null, _layer.OutputChannels, _layer.InputChannels, height, width,
            target, _layer.Upsample ? T.Count : Batch.Stride);
        if (_layer.Upsample)
            ImageBlock.StoreHalved<T>(target, _layer.InputChannels, height, width, _inputGradient + at, Batch.Stride);
    }

    private void AddProductsOf(int first, int end)
    {
        nint plain = (nint)first * _layer.Size.Pixels * T.Count, sums = (nint)first * BorderedChannels * ConvLayer.Taps * T.Count;
        for (int slot = 0; slot < _blocks; slot++)
        {
            float* bordered = _passesBack ? _gradientBlocks[slot].Pointer : _workspace.BorderedInput(slot);
            float* images = _passesBack ? _inputBlocks[slot].Pointer : _gradientBlocks[slot].Pointer;
            Convolution.AddProducts<T>(
                bordered, BorderedChannels, images + plain, end - first, _layer.Size.Height, _layer.Size.Width,
                _products.Pointer + sums);
        }
    }

    private void TakeBias(int channel, int blocks)
    {
        if (_layer.Bias is not { } bias) return;
        float sum = 0;
        for (int block = 0; block < blocks; block++) sum += _blockBiases[(block * _layer.OutputChannels) + channel];
        Batch.Gradient[bias.Offset + channel] = sum;
    }
}
