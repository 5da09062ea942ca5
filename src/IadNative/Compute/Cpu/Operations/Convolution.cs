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
        site.WorkspaceOf(layer, () => new ConvWorkspace(layer, site.Batch.Stride, T.Count));
}

/// <summary>A convolution and what stands around it backward.</summary>
internal sealed unsafe class CpuConvBackward<T>(ConvBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products =>
        [new(operation.Layer.Weight, (operation.InputGradient is null ? 1 : 2) * operation.Layer.Size.Pixels)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new ConvBackwardPass<T>(
        site.Batch, CpuConvForward<T>.Workspace(site, operation.Layer), site[operation.Input], site[operation.Output],
        site[operation.OutputGradient], site.OrNull(operation.InputGradient));
}

/// <summary>
/// What the training passes of a convolution and of what stands around it share. They go through the batch in blocks of as many
/// samples as a vector has lanes, so that the images of a block stay in the cache from one operation to the next. Of the whole batch is kept what
/// the backward pass finds the rest from: with batch norm z, the sums of the convolution; where the layer pools, the largest of each window, or,
/// without batch norm, which it was.
/// </summary>
internal sealed unsafe class ConvWorkspace
{
    private readonly FloatBuffer _z, _windows;

    /// <summary>Memory for batches of a stride and vectors of some lanes.</summary>
    public ConvWorkspace(ConvLayer layer, int stride, int lanes)
    {
        Layer = layer;
        Lanes = lanes;
        Blocks = (stride + lanes - 1) / lanes;
        Maps = new ChannelMap[layer.OutputChannels];
        _z = new FloatBuffer(layer.Norm is null ? 0 : checked(layer.OutputChannels * layer.Size.Pixels * stride));
        _windows = new FloatBuffer(layer.Pool ? checked(layer.OutputChannels * layer.OutputSize.Pixels * stride) : 0);
    }

    /// <summary>The layer.</summary>
    public ConvLayer Layer { get; }

    /// <summary>Samples of a block.</summary>
    public int Lanes { get; }

    /// <summary>Blocks of the largest batch, at least.</summary>
    public int Blocks { get; }

    /// <summary>What became of each channel in the forward pass.</summary>
    public ChannelMap[] Maps { get; }

    /// <summary>Multiply-adds of one product of weights and images, at most.</summary>
    public long Cost(int samples) => (long)Layer.Weight.Length * Layer.Size.Pixels * samples;

    /// <summary>z of a block's samples and one channel, with batch norm.</summary>
    public float* Z(int block, int channel) =>
        _z.Pointer + ((((nint)block * Layer.OutputChannels) + channel) * Lanes * Layer.Size.Pixels);

    /// <summary>
    /// A vector for each window of a block's samples and one channel, with pooling: the z of the largest y with batch norm, the
    /// <see cref="WindowChoice"/> without it.
    /// </summary>
    public float* Windows(int block, int channel) =>
        _windows.Pointer + ((((nint)block * Layer.OutputChannels) + channel) * Lanes * Layer.OutputSize.Pixels);

    /// <summary>The first pixel of a block's samples and one channel of the output or its gradient.</summary>
    public float* Output(float* activation, int block, int channel, int stride) =>
        activation + ((nint)block * Lanes) + ((nint)channel * Layer.OutputSize.Pixels * stride);
}

/// <summary>
/// A convolution and what stands around it forward: the sums of the convolution by blocks of samples; the moments of the batch,
/// which move the running statistics; then the rest by blocks again.
/// </summary>
internal sealed unsafe class ConvForwardPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    private const int Convolve = 0, Normalize = 1, All = 2;

    // A number that is normalised, activated and pooled, in multiply-adds.
    private const int ActivationCost = 8;

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
        long activating = (long)ActivationCost * outputs * _layer.Size.Pixels * Batch.Padded;
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
            Batch.Team.Share(
                this, AddUp, _blocks, 1, (long)ActivationCost * _layer.OutputChannels * _layer.Size.Pixels * Batch.Padded);
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
