using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>A convolution and what stands around it, forward; folded in scoring.</summary>
internal sealed class CudaConvForward(ConvForward conv) : CudaOperation
{
    private readonly ConvLayer _layer = conv.Layer;

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<ConvolveArguments> convolve = training.Kernel(ConvKernels.ConvolveTo(_layer.OutputChannels));
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
        ConvTile tile = ConvTile.OfConvolution(_layer.Size.Height, _layer.Size.Width, _layer.OutputChannels);
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
                    TileQuads = tile.Quads,
                    TileRows = tile.Rows,
                    TileSamples = tile.Samples,
                    Slope = _layer.Norm is null ? _layer.Slope : 1,
                },
                state.Replicas);
            normalize?.Invoke(samples);
            pool?.Invoke(samples);
        };
    }

    public override Action<RowRange> InScoring(CudaScoring scoring)
    {
        Kernel<ConvolveArguments> convolve = scoring.Kernel(ConvKernels.ConvolveTo(_layer.OutputChannels));
        RowBuffer input = scoring.Read(conv.Input), output = scoring.Write(conv.Output);
        RowBuffer activated = _layer.Pool ? scoring.Reserve(ConvSaved.UnpooledWidth(_layer)) : output;
        FoldedLayer folded = scoring.Folded.Add(
            _layer.Weight, _layer.Bias, _layer.Norm, _layer.OutputChannels, _layer.InputChannels * ConvLayer.Taps);
        Action<int>? pool = _layer.Pool ? Pool(scoring, activated, output) : null;
        ConvTile tile = ConvTile.OfConvolution(_layer.Size.Height, _layer.Size.Width, _layer.OutputChannels);
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
                    TileQuads = tile.Quads,
                    TileRows = tile.Rows,
                    TileSamples = tile.Samples,
                    Slope = _layer.Slope,
                },
                scoring.State.Replicas);
            pool?.Invoke(rows.Count);
        };
    }

    private Action<int> Normalize(
        CudaTrainingStep training, BatchNorm norm, RowBuffer product, DeviceBuffer inverse, RowBuffer activated)
    {
        Kernel<ChannelSquaresArguments> square = training.Kernel(ChannelNormKernels.ChannelSquares);
        Kernel<ChannelNormForwardArguments> normalize = training.Kernel(ChannelNormKernels.ChannelNormForward);
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
        Kernel<MaxPoolForwardArguments> pool = walk.Kernel(PoolKernels.MaxPoolForward);
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
        Kernel<MaxPoolBackwardArguments> pool = training.Kernel(PoolKernels.MaxPoolBackward);
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
        Kernel<ChannelGradientSumsArguments> sum = training.Kernel(ChannelNormKernels.ChannelGradientSums);
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
            if (_layer.Bias is { } bias) sums.AddToBias(bias, samples);
        };
    }

    private Action<int> ThroughNorm(CudaTrainingStep training, BatchNorm norm, ConvSaved saved, ConvSums sums, RowBuffer gradient)
    {
        Kernel<ChannelNormBackwardArguments> normalize = training.Kernel(ChannelNormKernels.ChannelNormBackward);
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
        (KernelDefinition<ConvWeightGradientArguments> definition, bool isTurned) =
            ConvKernels.GradientOf(_layer.OutputChannels, _layer.InputChannels);
        Kernel<ConvWeightGradientArguments> kernel = training.Kernel(definition);
        RowBuffer input = training.Read(conv.Input), still = isTurned ? input : gradient, shifted = isTurned ? gradient : input;
        int doubled = _layer.Upsample ? 1 : 0;
        ConvTile tile = ConvTile.OfGradient(_layer.Size.Height, _layer.Size.Width, ConvSums.WeightChunk);
        var sums = new ConvSums(training, _layer);
        return samples =>
        {
            kernel.Launch(
                new ConvWeightGradientArguments
                {
                    Still = still.Address,
                    Shifted = shifted.Address,
                    Partials = sums.Weights.Address,
                    StillStride = still.Stride,
                    ShiftedStride = shifted.Stride,
                    StillChannels = isTurned ? _layer.InputChannels : _layer.OutputChannels,
                    ShiftedChannels = isTurned ? _layer.OutputChannels : _layer.InputChannels,
                    StillDoubled = isTurned ? doubled : 0,
                    ShiftedDoubled = isTurned ? 0 : doubled,
                    Turned = isTurned ? 1 : 0,
                    Height = _layer.Size.Height,
                    Width = _layer.Size.Width,
                    Samples = samples,
                    Chunk = ConvSums.WeightChunk,
                    TileQuads = tile.Quads,
                    TileRows = tile.Rows,
                    TileSamples = tile.Samples,
                    HaloWidth = tile.GradientHaloWidth,
                    HaloLines = tile.GradientHaloLines,
                },
                training.State.Replicas);
            sums.AddToWeight(samples);
        };
    }

    private Action<int> InputGradient(CudaTrainingStep training, RowBuffer gradient, RowBuffer inputGradient)
    {
        Kernel<ConvolveArguments> convolve = training.Kernel(ConvKernels.ConvolveTo(_layer.InputChannels));
        CudaState state = training.State;
        RowBuffer full = _layer.Upsample
            ? training.Reserve((long)_layer.InputChannels * _layer.Size.Pixels)
            : inputGradient;
        Action<int>? shrink = _layer.Upsample ? ThroughUpsampling(training, full, inputGradient) : null;
        ConvTile tile = ConvTile.OfConvolution(_layer.Size.Height, _layer.Size.Width, _layer.InputChannels);
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
                    TileQuads = tile.Quads,
                    TileRows = tile.Rows,
                    TileSamples = tile.Samples,
                    Slope = 1,
                },
                state.Replicas);
            shrink?.Invoke(samples);
        };
    }

    private Action<int> ThroughUpsampling(CudaTrainingStep training, RowBuffer full, RowBuffer inputGradient)
    {
        Kernel<UpsampleBackwardArguments> kernel = training.Kernel(PoolKernels.UpsampleBackward);
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
