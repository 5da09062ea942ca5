using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/conv.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConvolveArguments
{
    public ulong Input, Weight, Bias, Output;
    public long InputStride, WeightStride, BiasStride, OutputStride;
    public int InChannels, OutChannels, Height, Width, Samples, Doubled, Turned;
    public float Slope;
}

/// <summary>As in kernels/conv.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConvWeightGradientArguments
{
    public ulong Input, OutputGradient, Partials;
    public long InputStride, GradientStride;
    public int InChannels, OutChannels, Height, Width, Samples, Doubled, Chunk;
}

/// <summary>As in kernels/conv.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddPartialsArguments
{
    public ulong Partials, Sums;
    public long SumsStride;
    public int Length, Chunks;
}

/// <summary>As in kernels/pool.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MaxPoolForwardArguments
{
    public ulong Input, Output;
    public long InputStride, OutputStride, Count;
    public int Width;
}

/// <summary>As in kernels/pool.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MaxPoolBackwardArguments
{
    public ulong Input, OutputGradient, InputGradient;
    public long InputStride, OutputStride, Count;
    public int Width;
}

/// <summary>As in kernels/pool.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UpsampleBackwardArguments
{
    public ulong OutputGradient, InputGradient;
    public long OutputStride, InputStride, Count;
    public int Width;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelSumArguments
{
    public ulong Values, Partials;
    public long Stride;
    public int Pixels, Samples, Chunk;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelSquaresArguments
{
    public ulong Values, Sums, Squares;
    public long Stride;
    public int Pixels, Samples, Chunk;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelNormForwardArguments
{
    public ulong Product, Sums, Squares, Scale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output;
    public long Stride, ParameterStride, StatisticsStride;
    public int Pixels, Samples, Chunk;
    public float Slope, Epsilon, Momentum;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelGradientSumsArguments
{
    public ulong Gradient, Output, Normalized, Sums, Products;
    public long Stride;
    public int Pixels, Samples, Chunk;
    public float Slope;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelNormBackwardArguments
{
    public ulong Gradient, Normalized, Inverse, Sums, Products, Scale, ScaleGradient, ShiftGradient;
    public long Stride, ParameterStride;
    public int Pixels, Samples, Chunk;
}

/// <summary>
/// The kernels of convolutions. Those of channels are launched for the layer's output channels; sums over a batch run in chunks of
/// samples, whose partial sums are then added up in order.
/// </summary>
internal static class ConvKernels
{
    private const int TileSide = 16, ChannelsPerBlock = 8, Threads = 256;

    public static readonly KernelDefinition<ConvolveArguments> Convolve = new("conv.cu", "convolve", (in a, replicas, _) =>
    {
        int tiles = LaunchShape.Blocks(a.Height, TileSide) * LaunchShape.Blocks(a.Width, TileSide);
        return new LaunchShape(
            checked(tiles * LaunchShape.Blocks(a.OutChannels, ChannelsPerBlock)), a.Samples, replicas, Threads);
    });

    public static readonly KernelDefinition<ConvWeightGradientArguments> WeightGradient = new(
        "conv.cu", "conv_weight_gradient", (in a, replicas, _) => new LaunchShape(
            checked(a.OutChannels * a.InChannels), LaunchShape.Blocks(a.Samples, a.Chunk), replicas, Threads));

    public static readonly KernelDefinition<AddPartialsArguments> AddPartials = new(
        "conv.cu", "add_partials", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    public static readonly KernelDefinition<MaxPoolForwardArguments> MaxPoolForward = new(
        "pool.cu", "max_pool_forward", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public static readonly KernelDefinition<MaxPoolBackwardArguments> MaxPoolBackward = new(
        "pool.cu", "max_pool_backward", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public static readonly KernelDefinition<UpsampleBackwardArguments> UpsampleBackward = new(
        "pool.cu", "upsample_backward", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public static readonly KernelDefinition<ChannelSumArguments> ChannelSum = new(
        "channelnorm.cu", "channel_sum", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelSquaresArguments> ChannelSquares = new(
        "channelnorm.cu", "channel_squares", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelNormForwardArguments> ChannelNormForward = new(
        "channelnorm.cu", "channel_norm_forward", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelGradientSumsArguments> ChannelGradientSums = new(
        "channelnorm.cu", "channel_gradient_sums", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelNormBackwardArguments> ChannelNormBackward = new(
        "channelnorm.cu", "channel_norm_backward", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    /// <summary>A block per channel and chunk of samples.</summary>
    private static LaunchShape Channels(int channels, int samples, int chunk, int replicas) =>
        new(channels, LaunchShape.Blocks(samples, chunk), replicas, Threads);
}

/// <summary>A convolution and what stands around it, forward; folded in scoring.</summary>
internal sealed class CudaConvForward(ConvForward conv) : CudaOperation
{
    private readonly ConvLayer _layer = conv.Layer;

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<ConvolveArguments> convolve = training.Kernel(ConvKernels.Convolve);
        CudaState state = training.State;
        RowBuffer input = training.Read(conv.Input), output = training.Write(conv.Output);
        RowBuffer activated = _layer.Pool ? training.Reserve(ConvSaved.UnpooledWidth(_layer)) : output, product = activated;
        DeviceBuffer? inverse = null;
        if (_layer.Norm is not null)
        {
            product = training.Reserve(ConvSaved.UnpooledWidth(_layer));
            inverse = training.Arena.Reserve<float>((long)_layer.OutputChannels * state.Replicas);
        }

        training.Save(_layer, new ConvSaved(_layer.Norm is null ? null : product, inverse, activated));
        Action<int>? normalize = _layer.Norm is { } norm ? Normalize(training, norm, product, inverse!, activated) : null;
        Action<int>? pool = _layer.Pool ? Pool(training, activated, output) : null;
        return samples =>
        {
            convolve.Launch(
                new ConvolveArguments
                {
                    Input = input.Address,
                    Weight = state.Parameter(_layer.Weight),
                    Bias = state.Parameter(_layer.Bias),
                    Output = product.Address,
                    InputStride = input.Stride,
                    WeightStride = training.State.ParameterStride,
                    BiasStride = training.State.ParameterStride,
                    OutputStride = product.Stride,
                    InChannels = _layer.InputChannels,
                    OutChannels = _layer.OutputChannels,
                    Height = _layer.Size.Height,
                    Width = _layer.Size.Width,
                    Samples = samples,
                    Doubled = _layer.Upsample ? 1 : 0,
                    Slope = _layer.Norm is null ? _layer.Slope : 1,
                },
                state.Replicas);
            normalize?.Invoke(samples);
            pool?.Invoke(samples);
        };
    }

    public override Action<RowRange> InScoring(CudaScoring scoring)
    {
        Kernel<ConvolveArguments> convolve = scoring.Kernel(ConvKernels.Convolve);
        RowBuffer input = scoring.Read(conv.Input), output = scoring.Write(conv.Output);
        RowBuffer activated = _layer.Pool ? scoring.Reserve(ConvSaved.UnpooledWidth(_layer)) : output;
        FoldedLayer folded = scoring.Folded.Add(
            _layer.Weight, _layer.Bias, _layer.Norm, _layer.OutputChannels, _layer.InputChannels * ConvLayer.Taps);
        Action<int>? pool = _layer.Pool ? Pool(scoring, activated, output) : null;
        return rows =>
        {
            convolve.Launch(
                new ConvolveArguments
                {
                    Input = input.Address,
                    Weight = folded.FoldedWeight,
                    Bias = folded.FoldedBias,
                    Output = activated.Address,
                    InputStride = input.StrideOf(rows),
                    WeightStride = scoring.Folded.Stride,
                    BiasStride = scoring.Folded.Stride,
                    OutputStride = activated.Stride,
                    InChannels = _layer.InputChannels,
                    OutChannels = _layer.OutputChannels,
                    Height = _layer.Size.Height,
                    Width = _layer.Size.Width,
                    Samples = rows.Count,
                    Doubled = _layer.Upsample ? 1 : 0,
                    Slope = _layer.Slope,
                },
                scoring.State.Replicas);
            pool?.Invoke(rows.Count);
        };
    }

    private Action<int> Normalize(
        CudaTrainingStep training, BatchNorm norm, RowBuffer product, DeviceBuffer inverse, RowBuffer activated)
    {
        Kernel<ChannelSquaresArguments> square = training.Kernel(ConvKernels.ChannelSquares);
        Kernel<ChannelNormForwardArguments> normalize = training.Kernel(ConvKernels.ChannelNormForward);
        var sums = new ConvSums(training, _layer);
        CudaState state = training.State;
        return samples =>
        {
            sums.Add(product, samples);
            square.Launch(
                new ChannelSquaresArguments
                {
                    Values = product.Address,
                    Sums = sums.Sums.Address,
                    Squares = sums.Products.Address,
                    Stride = product.Stride,
                    Pixels = _layer.Size.Pixels,
                    Samples = samples,
                    Chunk = ConvSums.Chunk,
                },
                state.Replicas, _layer.OutputChannels);
            normalize.Launch(
                new ChannelNormForwardArguments
                {
                    Product = product.Address,
                    Sums = sums.Sums.Address,
                    Squares = sums.Products.Address,
                    Scale = state.Parameter(norm.Scale),
                    Shift = state.Parameter(norm.Shift),
                    RunningMean = state.Statistic(norm.RunningMean),
                    RunningVariance = state.Statistic(norm.RunningVariance),
                    Normalized = product.Address,
                    Inverse = inverse.Address,
                    Output = activated.Address,
                    Stride = product.Stride,
                    ParameterStride = training.State.ParameterStride,
                    StatisticsStride = training.State.StatisticsStride,
                    Pixels = _layer.Size.Pixels,
                    Samples = samples,
                    Chunk = ConvSums.Chunk,
                    Slope = _layer.Slope,
                    Epsilon = BatchNorm.Epsilon,
                    Momentum = BatchNorm.Momentum,
                },
                state.Replicas, _layer.OutputChannels);
        };
    }

    private Action<int> Pool(CudaWalk walk, RowBuffer activated, RowBuffer output)
    {
        Kernel<MaxPoolForwardArguments> pool = walk.Kernel(ConvKernels.MaxPoolForward);
        return samples => pool.Launch(
            new MaxPoolForwardArguments
            {
                Input = activated.Address,
                Output = output.Address,
                InputStride = activated.Stride,
                OutputStride = output.Stride,
                Count = (long)_layer.Outputs * samples,
                Width = _layer.OutputSize.Width,
            },
            walk.State.Replicas);
    }
}

/// <summary>
/// A convolution and what stands around it, backward: through pooling, through ReLU and batch norm, then the gradients of the
/// weight and, unless nobody needs it, of the input.
/// </summary>
internal sealed class CudaConvBackward(ConvBackward conv) : CudaOperation
{
    private readonly ConvLayer _layer = conv.Layer;

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        ConvSaved saved = training.Saved<ConvSaved>(_layer);
        RowBuffer outputGradient = training.Read(conv.OutputGradient);
        RowBuffer gradient = _layer.Pool ? training.Reserve(ConvSaved.UnpooledWidth(_layer)) : outputGradient;
        var parts = new List<Action<int>>();
        if (_layer.Pool) parts.Add(ThroughPool(training, saved.Activated, outputGradient, gradient));
        if (_layer.Norm is not null || _layer.Bias is not null || _layer.HasRelu) parts.Add(ThroughNorm(training, saved, gradient));
        parts.Add(WeightGradient(training, gradient));
        if (training.Write(conv.InputGradient) is { } inputGradient) parts.Add(InputGradient(training, gradient, inputGradient));
        Action<int>[] all = [.. parts];
        return samples =>
        {
            foreach (Action<int> part in all) part(samples);
        };
    }

    private Action<int> ThroughPool(CudaTrainingStep training, RowBuffer activated, RowBuffer outputGradient, RowBuffer gradient)
    {
        Kernel<MaxPoolBackwardArguments> pool = training.Kernel(ConvKernels.MaxPoolBackward);
        return samples => pool.Launch(
            new MaxPoolBackwardArguments
            {
                Input = activated.Address,
                OutputGradient = outputGradient.Address,
                InputGradient = gradient.Address,
                InputStride = activated.Stride,
                OutputStride = outputGradient.Stride,
                Count = (long)_layer.Outputs * samples,
                Width = _layer.OutputSize.Width,
            },
            training.State.Replicas);
    }

    private Action<int> ThroughNorm(CudaTrainingStep training, ConvSaved saved, RowBuffer gradient)
    {
        Kernel<ChannelGradientSumsArguments> sum = training.Kernel(ConvKernels.ChannelGradientSums);
        var sums = new ConvSums(training, _layer);
        Action<int>? normalize = _layer.Norm is { } norm ? ThroughNorm(training, norm, saved, sums, gradient) : null;
        return samples =>
        {
            sum.Launch(
                new ChannelGradientSumsArguments
                {
                    Gradient = gradient.Address,
                    Output = saved.Activated.Address,
                    Normalized = saved.Normalized?.Address ?? 0,
                    Sums = sums.Sums.Address,
                    Products = sums.Products.Address,
                    Stride = gradient.Stride,
                    Pixels = _layer.Size.Pixels,
                    Samples = samples,
                    Chunk = ConvSums.Chunk,
                    Slope = _layer.Slope,
                },
                training.State.Replicas, _layer.OutputChannels);
            normalize?.Invoke(samples);
            if (_layer.Bias is { } bias) sums.AddTo(bias, sums.Sums, samples);
        };
    }

    private Action<int> ThroughNorm(CudaTrainingStep training, BatchNorm norm, ConvSaved saved, ConvSums sums, RowBuffer gradient)
    {
        Kernel<ChannelNormBackwardArguments> normalize = training.Kernel(ConvKernels.ChannelNormBackward);
        CudaState state = training.State;
        return samples =>
        {
            normalize.Launch(
                new ChannelNormBackwardArguments
                {
                    Gradient = gradient.Address,
                    Normalized = saved.Normalized!.Address,
                    Inverse = saved.Inverse!.Address,
                    Sums = sums.Sums.Address,
                    Products = sums.Products.Address,
                    Scale = state.Parameter(norm.Scale),
                    ScaleGradient = state.GradientOf(norm.Scale),
                    ShiftGradient = state.GradientOf(norm.Shift),
                    Stride = gradient.Stride,
                    ParameterStride = training.State.ParameterStride,
                    Pixels = _layer.Size.Pixels,
                    Samples = samples,
                    Chunk = ConvSums.Chunk,
                },
                state.Replicas, _layer.OutputChannels);
            if (_layer.Bias is not null) sums.Add(gradient, samples);
        };
    }

    private Action<int> WeightGradient(CudaTrainingStep training, RowBuffer gradient)
    {
        Kernel<ConvWeightGradientArguments> kernel = training.Kernel(ConvKernels.WeightGradient);
        RowBuffer input = training.Read(conv.Input);
        var sums = new ConvSums(training, _layer);
        return samples =>
        {
            kernel.Launch(
                new ConvWeightGradientArguments
                {
                    Input = input.Address,
                    OutputGradient = gradient.Address,
                    Partials = sums.Weights.Address,
                    InputStride = input.Stride,
                    GradientStride = gradient.Stride,
                    InChannels = _layer.InputChannels,
                    OutChannels = _layer.OutputChannels,
                    Height = _layer.Size.Height,
                    Width = _layer.Size.Width,
                    Samples = samples,
                    Doubled = _layer.Upsample ? 1 : 0,
                    Chunk = ConvSums.Chunk,
                },
                training.State.Replicas);
            sums.AddTo(_layer.Weight, sums.Weights, samples);
        };
    }

    private Action<int> InputGradient(CudaTrainingStep training, RowBuffer gradient, RowBuffer inputGradient)
    {
        Kernel<ConvolveArguments> convolve = training.Kernel(ConvKernels.Convolve);
        CudaState state = training.State;
        RowBuffer full = _layer.Upsample
            ? training.Reserve((long)_layer.InputChannels * _layer.Size.Pixels)
            : inputGradient;
        Action<int>? shrink = _layer.Upsample ? ThroughUpsampling(training, full, inputGradient) : null;
        return samples =>
        {
            convolve.Launch(
                new ConvolveArguments
                {
                    Input = gradient.Address,
                    Weight = state.Parameter(_layer.Weight),
                    Output = full.Address,
                    InputStride = gradient.Stride,
                    WeightStride = training.State.ParameterStride,
                    OutputStride = full.Stride,
                    InChannels = _layer.OutputChannels,
                    OutChannels = _layer.InputChannels,
                    Height = _layer.Size.Height,
                    Width = _layer.Size.Width,
                    Samples = samples,
                    Turned = 1,
                    Slope = 1,
                },
                state.Replicas);
            shrink?.Invoke(samples);
        };
    }

    private Action<int> ThroughUpsampling(CudaTrainingStep training, RowBuffer full, RowBuffer inputGradient)
    {
        Kernel<UpsampleBackwardArguments> kernel = training.Kernel(ConvKernels.UpsampleBackward);
        return samples => kernel.Launch(
            new UpsampleBackwardArguments
            {
                OutputGradient = full.Address,
                InputGradient = inputGradient.Address,
                OutputStride = full.Stride,
                InputStride = inputGradient.Stride,
                Count = (long)_layer.Inputs * samples,
                Width = _layer.InputSize.Width,
            },
            training.State.Replicas);
    }
}

/// <summary>What a convolution keeps from its forward for its backward pass.</summary>
/// <param name="Normalized">The product, normalised in place; null without batch norm.</param>
/// <param name="Inverse">1/√(σ² + ε) per channel; null without batch norm.</param>
/// <param name="Activated">What is pooled, or else the output.</param>
internal sealed record ConvSaved(RowBuffer? Normalized, DeviceBuffer? Inverse, RowBuffer Activated)
{
    /// <summary>Numbers per sample of what the convolution itself writes.</summary>
    public static long UnpooledWidth(ConvLayer layer) => (long)layer.OutputChannels * layer.Size.Pixels;
}

/// <summary>Sums over the batch of a convolution: partial sums of chunks, in room that all convolutions share, added up in order.</summary>
internal sealed class ConvSums
{
    /// <summary>Samples of a chunk.</summary>
    public const int Chunk = 8;

    private readonly CudaTrainingStep _training;
    private readonly ConvLayer _layer;
    private readonly Kernel<ChannelSumArguments> _sum;
    private readonly Kernel<AddPartialsArguments> _addPartials;

    public ConvSums(CudaTrainingStep training, ConvLayer layer)
    {
        (_training, _layer) = (training, layer);
        _sum = training.Kernel(ConvKernels.ChannelSum);
        _addPartials = training.Kernel(ConvKernels.AddPartials);
        long chunks = (long)LaunchShape.Blocks(training.LargestBatch, Chunk) * training.State.Replicas;
        Weights = training.Workspace<float>("partial sums of weights", chunks * layer.Weight.Length);
        Sums = training.Workspace<float>("partial sums of channels", chunks * layer.OutputChannels);
        Products = training.Workspace<float>("partial sums of products", chunks * layer.OutputChannels);
    }

    /// <summary>Partial sums of the weight's gradient.</summary>
    public DeviceBuffer Weights { get; }

    /// <summary>Partial sums per channel.</summary>
    public DeviceBuffer Sums { get; }

    /// <summary>More of them, of squares or products.</summary>
    public DeviceBuffer Products { get; }

    /// <summary>Partial sums of values, per channel.</summary>
    public void Add(RowBuffer values, int samples) => _sum.Launch(
        new ChannelSumArguments
        {
            Values = values.Address,
            Partials = Sums.Address,
            Stride = values.Stride,
            Pixels = _layer.Size.Pixels,
            Samples = samples,
            Chunk = Chunk,
        },
        _training.State.Replicas, _layer.OutputChannels);

    /// <summary>The gradient of a parameter from its partial sums.</summary>
    public void AddTo(TensorSlot slot, DeviceBuffer partials, int samples) => _addPartials.Launch(
        new AddPartialsArguments
        {
            Partials = partials.Address,
            Sums = _training.State.GradientOf(slot),
            SumsStride = _training.State.ParameterStride,
            Length = slot.Length,
            Chunks = LaunchShape.Blocks(samples, Chunk),
        },
        _training.State.Replicas);
}
