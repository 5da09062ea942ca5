using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>A convolution and what stands around it forward.</summary>
internal sealed unsafe class CpuConvForward<T>(ConvForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products => [new(operation.Layer.Weight, operation.Layer.Size.Pixels)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new ConvForwardPass<T>(
        site.Batch, Workspace(site, operation.Layer), site[operation.Input], site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new ConvStep<T>(program, operation);

    /// <summary>What the passes of a layer share.</summary>
    public static ConvWorkspace Workspace(TrainingSite site, ConvLayer layer) =>
        site.WorkspaceOf(layer, () => new ConvWorkspace(layer, site.Batch.Stride, T.Count, site.Batch.Team.Size));
}

/// <summary>A convolution and what stands around it backward.</summary>
internal sealed unsafe class CpuConvBackward<T>(ConvBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products =>
        [new(operation.Layer.Weight, (operation.InputGradient is null ? 1 : 2) * operation.Layer.Size.Pixels)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new ConvBackwardPass<T>(
        site.Batch, CpuConvForward<T>.Workspace(site, operation.Layer), site[operation.Input], site[operation.OutputGradient],
        site.OrNull(operation.InputGradient));
}

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

/// <summary>
/// A convolution and what stands around it in scoring, on feature-major activations: lanes are samples. Input and sums are those
/// of one vector of samples at a time. W′, in the order of <see cref="Convolution.Arrange"/>, and b′ are folded.
/// </summary>
internal sealed unsafe class ConvStep<T> : ScoringStep, ICarryingStep
    where T : struct, ILanes<T>
{
    private readonly ConvLayer _layer;
    private readonly float* _input, _output;
    private readonly int _stride, _weight, _bias;
    private readonly FloatBuffer _images, _sums;
    private FloatBuffer? _reference, _weights, _turned;

    public ConvStep(ScoringProgram<T> program, ConvForward operation)
    {
        ConvLayer layer = _layer = operation.Layer;
        _input = program.InFeatures(operation.Input);
        _output = program.MakeFeatures(operation.Output);
        _stride = program.FeatureStride;
        _weight = program.Reserve(layer.Weight.Length);
        _bias = program.Reserve(layer.OutputChannels);
        program.ReserveScratch(layer.Weight.Length);
        int bordered = (layer.Size.Height + (2 * ConvLayer.Border)) * (layer.Size.Width + (2 * ConvLayer.Border));
        _images = new FloatBuffer(checked(layer.InputChannels * bordered * T.Count));

        // On the way back what belongs to them stands in a border.
        _sums = new FloatBuffer(checked(layer.OutputChannels * (Carries ? bordered : layer.Size.Pixels) * T.Count));
    }

    // Decoders, which upsample, are of models whose scores are sums over features.
    public bool Carries => !_layer.Upsample && _layer.Slope > 0;

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        BatchNormFolding.Fold(_layer.Weight, _layer.Bias, _layer.Norm, numbers, network.Scratch, network[_bias]);
        Convolution.Arrange(
            network.Scratch, _layer.OutputChannels, _layer.InputChannels, turned: false, network[_weight]);
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
        float* weights = (_weights ??= new FloatBuffer(_layer.Weight.Length)).Pointer;
        float* turned = (_turned ??= new FloatBuffer(_layer.Weight.Length)).Pointer, reference = null;
        Convolution.Restore(network[_weight], outputs, inputs, weights);
        Convolution.Arrange(weights, inputs, outputs, turned: true, turned);
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
    private void Convolve(FoldedNetwork network, int sample)
    {
        ImageBlock.Load<T>(
            _input + sample, _stride, _layer.InputChannels, _layer.Size.Height, _layer.Size.Width, _layer.Upsample, ConvLayer.Border,
            _images.Pointer);
        Convolution.Forward<T>(
            _images.Pointer, network[_weight], network[_bias], _layer.InputChannels, _layer.OutputChannels, _layer.Size.Height,
            _layer.Size.Width, _sums.Pointer, T.Count);
    }
}
