using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda;

/// <summary>
/// The convolutions of a training step on the device: what each keeps from its forward for its backward pass, and the launches of
/// both. Sums over a batch run in chunks of samples, whose partial sums are then added up in order.
/// </summary>
internal sealed class CudaConvolutions
{
    private const int Chunk = 8; // samples

    private readonly KernelSet _kernels;
    private readonly Plan _plan;
    private readonly CudaState _state;
    private readonly int _largestBatch;
    private readonly Dictionary<ConvLayer, Kept> _kept = new(ReferenceEqualityComparer.Instance);
    private readonly DeviceBuffer _weightPartials, _sums, _products;

    public CudaConvolutions(KernelSet kernels, Plan plan, CudaState state, DeviceArena arena, int largestBatch)
    {
        (_kernels, _plan, _state, _largestBatch) = (kernels, plan, state, largestBatch);
        long chunks = ChunksOf(largestBatch), weights = 0, channels = 0;
        foreach (ConvBackward conv in plan.Step.OfType<ConvBackward>())
        {
            ConvLayer layer = conv.Layer;
            weights = Math.Max(weights, layer.Weight.Length);
            channels = Math.Max(channels, layer.OutputChannels);
            long outputs = OutputStride(layer) * state.Replicas;
            _kept[layer] = new Kept(
                layer.Norm is null ? null : arena.Reserve<float>(outputs),
                layer.Norm is null ? null : arena.Reserve<float>((long)layer.OutputChannels * state.Replicas),
                layer.Pool ? arena.Reserve<float>(outputs) : null,
                layer.Pool ? arena.Reserve<float>(outputs) : null,
                layer.Upsample && conv.InputGradient is not null
                    ? arena.Reserve<float>(FullInputStride(layer) * state.Replicas)
                    : null);
        }

        _weightPartials = arena.Reserve<float>(chunks * weights * state.Replicas);
        _sums = arena.Reserve<float>(chunks * channels * state.Replicas);
        _products = arena.Reserve<float>(chunks * channels * state.Replicas);
    }

    /// <summary>A convolution and what stands around it, forward. Input and output are device addresses.</summary>
    public void Forward(ConvLayer layer, ulong input, ulong output, int samples)
    {
        Kept kept = _kept[layer];
        ulong activated = kept.Activated?.Address ?? output, product = kept.Normalized?.Address ?? activated;
        _kernels.Convolve(
            new ConvolveArguments
            {
                Input = input,
                Weight = _state.Parameter(layer.Weight),
                Bias = _state.Parameter(layer.Bias),
                Output = product,
                InputStride = (long)layer.Inputs * _largestBatch,
                WeightStride = _plan.Parameters.Length,
                BiasStride = _plan.Parameters.Length,
                OutputStride = OutputStride(layer),
                InChannels = layer.InputChannels,
                OutChannels = layer.OutputChannels,
                Height = layer.Size.Height,
                Width = layer.Size.Width,
                Samples = samples,
                Doubled = layer.Upsample ? 1 : 0,
                Slope = layer.Norm is null ? layer.Slope : 1,
            },
            _state.Replicas);
        if (layer.Norm is { } norm) Normalize(layer, norm, kept, activated, samples);
        if (!layer.Pool) return;
        _kernels.MaxPoolForward(
            new MaxPoolForwardArguments
            {
                Input = activated,
                Output = output,
                InputStride = OutputStride(layer),
                OutputStride = (long)layer.Outputs * _largestBatch,
                Count = (long)layer.Outputs * samples,
                Width = layer.OutputSize.Width,
            },
            _state.Replicas);
    }

    /// <summary>
    /// The same backward: the gradients of its parameters and, unless its address is 0, of its input. The gradient of its output
    /// is used up.
    /// </summary>
    public void Backward(ConvLayer layer, ulong input, ulong output, ulong outputGradient, ulong inputGradient, int samples)
    {
        Kept kept = _kept[layer];
        ulong activated = kept.Activated?.Address ?? output, gradient = kept.ActivatedGradient?.Address ?? outputGradient;
        if (layer.Pool)
        {
            _kernels.MaxPoolBackward(
                new MaxPoolBackwardArguments
                {
                    Input = activated,
                    OutputGradient = outputGradient,
                    InputGradient = gradient,
                    InputStride = OutputStride(layer),
                    OutputStride = (long)layer.Outputs * _largestBatch,
                    Count = (long)layer.Outputs * samples,
                    Width = layer.OutputSize.Width,
                },
                _state.Replicas);
        }

        BackwardThroughNorm(layer, kept, activated, gradient, samples);
        WeightGradient(layer, input, gradient, samples);
        if (inputGradient != 0) InputGradient(layer, kept, gradient, inputGradient, samples);
    }

    private static int ChunksOf(int samples) => (samples + Chunk - 1) / Chunk;

    private void Normalize(ConvLayer layer, BatchNorm norm, Kept kept, ulong activated, int samples)
    {
        ulong product = kept.Normalized!.Address;
        ChannelSum(layer, product, samples);
        _kernels.ChannelSquares(
            new ChannelSquaresArguments
            {
                Values = product,
                Sums = _sums.Address,
                Squares = _products.Address,
                Stride = OutputStride(layer),
                Pixels = layer.Size.Pixels,
                Samples = samples,
                Chunk = Chunk,
            },
            layer.OutputChannels,
            _state.Replicas);
        _kernels.ChannelNormForward(
            new ChannelNormForwardArguments
            {
                Product = product,
                Sums = _sums.Address,
                Squares = _products.Address,
                Scale = _state.Parameter(norm.Scale),
                Shift = _state.Parameter(norm.Shift),
                RunningMean = _state.Statistic(norm.RunningMean),
                RunningVariance = _state.Statistic(norm.RunningVariance),
                Normalized = product,
                Inverse = kept.Inverse!.Address,
                Output = activated,
                Stride = OutputStride(layer),
                ParameterStride = _plan.Parameters.Length,
                StatisticsStride = _plan.Statistics.Length,
                Pixels = layer.Size.Pixels,
                Samples = samples,
                Chunk = Chunk,
                Slope = layer.Slope,
                Epsilon = BatchNorm.Epsilon,
                Momentum = BatchNorm.Momentum,
            },
            layer.OutputChannels,
            _state.Replicas);
    }

    private void BackwardThroughNorm(ConvLayer layer, Kept kept, ulong activated, ulong gradient, int samples)
    {
        if (layer.Norm is null && layer.Bias is null && !layer.HasRelu) return;
        _kernels.ChannelGradientSums(
            new ChannelGradientSumsArguments
            {
                Gradient = gradient,
                Output = activated,
                Normalized = kept.Normalized?.Address ?? 0,
                Sums = _sums.Address,
                Products = _products.Address,
                Stride = OutputStride(layer),
                Pixels = layer.Size.Pixels,
                Samples = samples,
                Chunk = Chunk,
                Slope = layer.Slope,
            },
            layer.OutputChannels,
            _state.Replicas);
        if (layer.Norm is { } norm)
        {
            _kernels.ChannelNormBackward(
                new ChannelNormBackwardArguments
                {
                    Gradient = gradient,
                    Normalized = kept.Normalized!.Address,
                    Inverse = kept.Inverse!.Address,
                    Sums = _sums.Address,
                    Products = _products.Address,
                    Scale = _state.Parameter(norm.Scale),
                    ScaleGradient = _state.GradientOf(norm.Scale),
                    ShiftGradient = _state.GradientOf(norm.Shift),
                    Stride = OutputStride(layer),
                    ParameterStride = _plan.Parameters.Length,
                    Pixels = layer.Size.Pixels,
                    Samples = samples,
                    Chunk = Chunk,
                },
                layer.OutputChannels,
                _state.Replicas);
            if (layer.Bias is not null) ChannelSum(layer, gradient, samples);
        }

        if (layer.Bias is not null) AddPartials(_sums, layer.Bias, samples);
    }

    private void WeightGradient(ConvLayer layer, ulong input, ulong gradient, int samples)
    {
        _kernels.ConvWeightGradient(
            new ConvWeightGradientArguments
            {
                Input = input,
                OutputGradient = gradient,
                Partials = _weightPartials.Address,
                InputStride = (long)layer.Inputs * _largestBatch,
                GradientStride = OutputStride(layer),
                InChannels = layer.InputChannels,
                OutChannels = layer.OutputChannels,
                Height = layer.Size.Height,
                Width = layer.Size.Width,
                Samples = samples,
                Doubled = layer.Upsample ? 1 : 0,
                Chunk = Chunk,
            },
            _state.Replicas);
        AddPartials(_weightPartials, layer.Weight, samples);
    }

    private void InputGradient(ConvLayer layer, Kept kept, ulong gradient, ulong inputGradient, int samples)
    {
        _kernels.Convolve(
            new ConvolveArguments
            {
                Input = gradient,
                Weight = _state.Parameter(layer.Weight),
                Output = kept.FullInputGradient?.Address ?? inputGradient,
                InputStride = OutputStride(layer),
                WeightStride = _plan.Parameters.Length,
                OutputStride = FullInputStride(layer),
                InChannels = layer.OutputChannels,
                OutChannels = layer.InputChannels,
                Height = layer.Size.Height,
                Width = layer.Size.Width,
                Samples = samples,
                Turned = 1,
                Slope = 1,
            },
            _state.Replicas);
        if (kept.FullInputGradient is null) return;
        _kernels.UpsampleBackward(
            new UpsampleBackwardArguments
            {
                OutputGradient = kept.FullInputGradient.Address,
                InputGradient = inputGradient,
                OutputStride = FullInputStride(layer),
                InputStride = (long)layer.Inputs * _largestBatch,
                Count = (long)layer.Inputs * samples,
                Width = layer.InputSize.Width,
            },
            _state.Replicas);
    }

    private void ChannelSum(ConvLayer layer, ulong values, int samples) => _kernels.ChannelSum(
        new ChannelSumArguments
        {
            Values = values,
            Partials = _sums.Address,
            Stride = OutputStride(layer),
            Pixels = layer.Size.Pixels,
            Samples = samples,
            Chunk = Chunk,
        },
        layer.OutputChannels,
        _state.Replicas);

    private void AddPartials(DeviceBuffer partials, TensorSlot slot, int samples) => _kernels.AddPartials(
        new AddPartialsArguments
        {
            Partials = partials.Address,
            Sums = _state.GradientOf(slot),
            SumsStride = _plan.Parameters.Length,
            Length = slot.Length,
            Chunks = ChunksOf(samples),
        },
        _state.Replicas);

    // Floats per replica of what the convolution itself writes, and of what it would read were it upsampled beforehand.
    private long OutputStride(ConvLayer layer) => (long)layer.OutputChannels * layer.Size.Pixels * _largestBatch;

    private long FullInputStride(ConvLayer layer) => (long)layer.InputChannels * layer.Size.Pixels * _largestBatch;

    /// <param name="Normalized">The product, normalised in place; null without batch norm.</param>
    /// <param name="Inverse">1/√(σ² + ε) per channel; null without batch norm.</param>
    /// <param name="Activated">What is pooled; null where that is the output.</param>
    /// <param name="ActivatedGradient">Its gradient; null where that is the output's.</param>
    /// <param name="FullInputGradient">The gradient of the upsampled input; null where that is the input's or nobody needs it.</param>
    private sealed record Kept(
        DeviceBuffer? Normalized, DeviceBuffer? Inverse, DeviceBuffer? Activated, DeviceBuffer? ActivatedGradient,
        DeviceBuffer? FullInputGradient);
}
