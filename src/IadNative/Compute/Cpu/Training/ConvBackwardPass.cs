using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// A convolution and what stands around it backward, after a forward pass on the same batch: the sums that batch norm needs, by
/// blocks of samples; then, in groups of blocks whose number depends on the batch alone, the gradients of z, the weights and the
/// input, block by block. What the groups add up for the weights is added in their order.
/// </summary>
internal sealed unsafe class ConvBackwardPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    private const int AddUp = 0, PassOn = 1, MostGroups = 8;

    // A number that is normalised, activated and pooled, in multiply-adds.
    private const int ActivationCost = 8;

    private readonly ConvWorkspace _workspace;
    private readonly ConvLayer _layer;
    private readonly float* _input, _outputGradient, _inputGradient;
    private readonly bool _passesBack;
    private readonly FloatBuffer _arranged;
    private readonly FloatBuffer[] _groupProducts, _inputBlocks, _gradientBlocks, _passedBack;
    private readonly (float Gradient, float Product)[] _blockSums;
    private readonly float[] _blockBiases;
    private readonly (float Gradient, float Product)[] _means;

    private int _blocks, _groups;

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
        _groupProducts = ConvWorkspace.Buffers(
            Math.Min(MostGroups, workspace.Blocks), checked(_layer.Weight.Length * T.Count));
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
        _blocks = Batch.Padded / T.Count;
        _groups = Math.Min(MostGroups, _blocks);
        if (_layer.Norm is not null)
        {
            Batch.Team.Share(
                this, AddUp, _blocks, 1, (long)ActivationCost * _layer.OutputChannels * _layer.Size.Pixels * Batch.Padded);
        }

        for (int o = 0; o < _layer.OutputChannels; o++) TakeSums(o);
        if (_passesBack)
        {
            Convolution.Arrange(
                Batch.Parameters + _layer.Weight.Offset, _layer.InputChannels, _layer.OutputChannels, turned: true,
                _arranged.Pointer);
        }

        Batch.Team.Share(this, PassOn, _groups, 1, (_passesBack ? 2 : 1) * _workspace.Cost(Batch.Padded));
        for (int o = 0; o < _layer.OutputChannels; o++) TakeBias(o);
        FloatBuffer products = _groupProducts[0];
        foreach (FloatBuffer others in _groupProducts.AsSpan(1, _groups - 1))
        {
            Elementwise.Add<T>(products.Pointer, others.Pointer, products.Pointer, products.Length);
            others.Span.Clear();
        }

        Convolution.CollectProducts<T>(
            products.Pointer, _layer.OutputChannels, _layer.InputChannels, _passesBack, Batch.Gradient + _layer.Weight.Offset);
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

    // dz of a block; what it adds to the products; then the gradient of its input. Of dz and the images, one stands in a border: dz
    // where it is carried on, the images where it ends here.
    private void PassBlock(int block, int member, float* products)
    {
        int inputs = _layer.InputChannels, outputs = _layer.OutputChannels, height = _layer.Size.Height, width = _layer.Size.Width;
        int border = _passesBack ? ConvLayer.Border : 0, rowPixels = width + (2 * border);
        nint row = (nint)rowPixels * T.Count, at = (nint)block * T.Count;
        nint plane = (nint)T.Count * (_passesBack ? _workspace.BorderedPixels : _layer.Size.Pixels);
        float* gradient = _gradientBlocks[member].Pointer;
        float* images = _passesBack ? _inputBlocks[member].Pointer : _workspace.BorderedInput(member);
        for (int o = 0; o < outputs; o++)
        {
            (float meanGradient, float meanProduct) = _means[o];
            _blockBiases[(block * outputs) + o] = ChannelActivation.Backward<T>(
                _workspace.Z(block, o), _workspace.Maps[o], height, width, _layer.Pool, OutputGradient(block, o), Batch.Stride,
                meanGradient, meanProduct, Batch.Samples - (block * T.Count),
                gradient + ((((nint)border * rowPixels) + border) * T.Count) + (o * plane), row);
        }

        ImageBlock.Load<T>(
            _input + at, Batch.Stride, inputs, height, width, _layer.Upsample, _passesBack ? 0 : ConvLayer.Border, images);
        if (!_passesBack)
        {
            Convolution.AddProducts<T>(images, inputs, gradient, outputs, height, width, products);
            return;
        }

        Convolution.AddProducts<T>(gradient, outputs, images, inputs, height, width, products);
        float* target = _layer.Upsample ? _passedBack[member].Pointer : _inputGradient + at;
        Convolution.Forward<T>(
            gradient, _arranged.Pointer, null, outputs, inputs, height, width, target, _layer.Upsample ? T.Count : Batch.Stride);
        if (_layer.Upsample) ImageBlock.StoreHalved<T>(target, inputs, height, width, _inputGradient + at, Batch.Stride);
    }

    private void TakeBias(int channel)
    {
        if (_layer.Bias is not { } bias) return;
        float sum = 0;
        for (int block = 0; block < _blocks; block++) sum += _blockBiases[(block * _layer.OutputChannels) + channel];
        Batch.Gradient[bias.Offset + channel] = sum;
    }
}
