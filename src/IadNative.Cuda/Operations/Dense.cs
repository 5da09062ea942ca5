using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/linear.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinearForwardArguments
{
    public ulong Values, Bias;
    public long Stride, BiasStride;
    public int Width, Samples;
    public float Slope;
}

/// <summary>As in kernels/linear.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinearBackwardArguments
{
    public ulong Gradient, Output, BiasGradient;
    public long Stride, ParameterStride;
    public int Width, Samples;
    public float Slope;
}

/// <summary>As in kernels/batchnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BatchNormForwardArguments
{
    public ulong Product, Bias, Scale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output;
    public long Stride, ParameterStride, StatisticsStride;
    public int Width, Samples;
    public float Slope, Epsilon, Momentum;
}

/// <summary>As in kernels/batchnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BatchNormBackwardArguments
{
    public ulong Gradient, Output, Normalized, Inverse, Scale, ScaleGradient, ShiftGradient, BiasGradient;
    public long Stride, ParameterStride;
    public int Width, Samples;
    public float Slope;
}

/// <summary>A dense layer forward: a matrix product, then a kernel for bias, batch norm and ReLU; folded in scoring.</summary>
internal sealed class CudaDenseForward(DenseForward dense) : CudaOperation
{
    public static readonly KernelDefinition<LinearForwardArguments> Linear = new(
        "linear.cu", "linear_forward", (in a, replicas, _) => LaunchShape.Elements((long)a.Samples * a.Width, replicas));

    public static readonly KernelDefinition<BatchNormForwardArguments> Norm = new(
        "batchnorm.cu", "batchnorm_forward", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    private readonly DenseLayer _layer = dense.Layer;

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        RowBuffer input = training.Read(dense.Input), output = training.Write(dense.Output);
        if (_layer.Norm is { } norm)
        {
            var saved = new DenseSaved(
                training.Reserve(_layer.Outputs), training.Arena.Reserve<float>((long)_layer.Outputs * training.State.Replicas));
            training.Save(_layer, saved);
            Action<int> normalize = Normalize(training, norm, saved, output);
            return samples =>
            {
                Multiply(training, input, saved.Normalized, samples);
                normalize(samples);
            };
        }

        Kernel<LinearForwardArguments> linear = training.Kernel(Linear);
        return samples =>
        {
            Multiply(training, input, output, samples);
            linear.Launch(
                new LinearForwardArguments
                {
                    Values = output.Address,
                    Bias = training.State.Parameter(_layer.Bias),
                    Stride = output.Stride,
                    BiasStride = training.State.ParameterStride,
                    Width = _layer.Outputs,
                    Samples = samples,
                    Slope = _layer.Slope,
                },
                training.State.Replicas);
        };
    }

    public override Action<RowRange> InScoring(CudaScoring scoring)
    {
        Kernel<LinearForwardArguments> linear = scoring.Kernel(Linear);
        RowBuffer input = scoring.Read(dense.Input), output = scoring.Write(dense.Output);
        FoldedLayer folded = scoring.Folded.Add(_layer.Weight, _layer.Bias, _layer.Norm, _layer.Outputs, _layer.Inputs);
        return rows =>
        {
            scoring.Driver.Multiply(Product(scoring, rows.Count) with
            {
                A = input.Address,
                B = folded.FoldedWeight,
                C = output.Address,
                BatchStrideA = input.StrideOf(rows),
                BatchStrideB = scoring.Folded.Stride,
                BatchStrideC = output.Stride,
            });
            linear.Launch(
                new LinearForwardArguments
                {
                    Values = output.Address,
                    Bias = folded.FoldedBias,
                    Stride = output.Stride,
                    BiasStride = scoring.Folded.Stride,
                    Width = _layer.Outputs,
                    Samples = rows.Count,
                    Slope = _layer.Slope,
                },
                scoring.State.Replicas);
        };
    }

    private void Multiply(CudaTrainingStep training, RowBuffer input, RowBuffer product, int samples) =>
        training.Driver.Multiply(Product(training, samples) with
        {
            A = input.Address,
            B = training.State.Parameter(_layer.Weight),
            C = product.Address,
            BatchStrideA = input.Stride,
            BatchStrideB = training.State.ParameterStride,
            BatchStrideC = product.Stride,
        });

    private MatrixProduct Product(CudaWalk walk, int samples) => new()
    {
        Rows = samples,
        Columns = _layer.Outputs,
        Inner = _layer.Inputs,
        A = 0,
        B = 0,
        C = 0,
        TransposeB = true,
        RowStrideA = _layer.Inputs,
        RowStrideB = _layer.Inputs,
        RowStrideC = _layer.Outputs,
        Batch = walk.State.Replicas,
    };

    private Action<int> Normalize(CudaTrainingStep training, BatchNorm norm, DenseSaved saved, RowBuffer output)
    {
        Kernel<BatchNormForwardArguments> kernel = training.Kernel(Norm);
        CudaState state = training.State;
        return samples => kernel.Launch(
            new BatchNormForwardArguments
            {
                Product = saved.Normalized.Address,
                Bias = state.Parameter(_layer.Bias),
                Scale = state.Parameter(norm.Scale),
                Shift = state.Parameter(norm.Shift),
                RunningMean = state.Statistic(norm.RunningMean),
                RunningVariance = state.Statistic(norm.RunningVariance),
                Normalized = saved.Normalized.Address,
                Inverse = saved.Inverse.Address,
                Output = output.Address,
                Stride = output.Stride,
                ParameterStride = training.State.ParameterStride,
                StatisticsStride = training.State.StatisticsStride,
                Width = _layer.Outputs,
                Samples = samples,
                Slope = _layer.Slope,
                Epsilon = BatchNorm.Epsilon,
                Momentum = BatchNorm.Momentum,
            },
            state.Replicas);
    }
}

/// <summary>
/// A dense layer backward: a kernel from the gradient of its output to that of its product, in place, where they are not the same;
/// then a matrix product for the gradient of its weight and one for that of its input.
/// </summary>
internal sealed class CudaDenseBackward(DenseBackward dense) : CudaOperation
{
    public static readonly KernelDefinition<LinearBackwardArguments> Linear = new(
        "linear.cu", "linear_backward", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    public static readonly KernelDefinition<BatchNormBackwardArguments> Norm = new(
        "batchnorm.cu", "batchnorm_backward", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    private readonly DenseLayer _layer = dense.Layer;

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        RowBuffer input = training.Read(dense.Input), gradient = training.Read(dense.OutputGradient);
        RowBuffer? inputGradient = training.Write(dense.InputGradient);
        Action<int>? toProduct = ToProduct(training, training.Read(dense.Output), gradient);
        CudaState state = training.State;
        return samples =>
        {
            toProduct?.Invoke(samples);
            training.Driver.Multiply(new MatrixProduct
            {
                Rows = _layer.Outputs,
                Columns = _layer.Inputs,
                Inner = samples,
                A = gradient.Address,
                B = input.Address,
                C = state.GradientOf(_layer.Weight),
                TransposeA = true,
                RowStrideA = _layer.Outputs,
                RowStrideB = _layer.Inputs,
                RowStrideC = _layer.Inputs,
                BatchStrideA = gradient.Stride,
                BatchStrideB = input.Stride,
                BatchStrideC = training.State.ParameterStride,
                Batch = state.Replicas,
                IsAside = inputGradient is not null, // beside nothing it would only have to be waited for
            });
            if (inputGradient is null) return;
            training.Driver.Multiply(new MatrixProduct
            {
                Rows = samples,
                Columns = _layer.Inputs,
                Inner = _layer.Outputs,
                A = gradient.Address,
                B = state.Parameter(_layer.Weight),
                C = inputGradient.Address,
                Beta = dense.Accumulate ? 1 : 0,
                RowStrideA = _layer.Outputs,
                RowStrideB = _layer.Inputs,
                RowStrideC = _layer.Inputs,
                BatchStrideA = gradient.Stride,
                BatchStrideB = training.State.ParameterStride,
                BatchStrideC = inputGradient.Stride,
                Batch = state.Replicas,
            });
        };
    }

    private Action<int>? ToProduct(CudaTrainingStep training, RowBuffer output, RowBuffer gradient)
    {
        CudaState state = training.State;
        if (_layer.Norm is { } norm)
        {
            Kernel<BatchNormBackwardArguments> normalization = training.Kernel(Norm);
            DenseSaved saved = training.Saved<DenseSaved>(_layer);
            return samples => normalization.Launch(
                new BatchNormBackwardArguments
                {
                    Gradient = gradient.Address,
                    Output = output.Address,
                    Normalized = saved.Normalized.Address,
                    Inverse = saved.Inverse.Address,
                    Scale = state.Parameter(norm.Scale),
                    ScaleGradient = state.GradientOf(norm.Scale),
                    ShiftGradient = state.GradientOf(norm.Shift),
                    BiasGradient = state.GradientOf(_layer.Bias),
                    Stride = output.Stride,
                    ParameterStride = training.State.ParameterStride,
                    Width = _layer.Outputs,
                    Samples = samples,
                    Slope = _layer.Slope,
                },
                state.Replicas);
        }

        if (!_layer.HasRelu && _layer.Bias is null) return null;
        Kernel<LinearBackwardArguments> linear = training.Kernel(Linear);
        return samples => linear.Launch(
            new LinearBackwardArguments
            {
                Gradient = gradient.Address,
                Output = output.Address,
                BiasGradient = state.GradientOf(_layer.Bias),
                Stride = output.Stride,
                ParameterStride = training.State.ParameterStride,
                Width = _layer.Outputs,
                Samples = samples,
                Slope = _layer.Slope,
            },
            state.Replicas);
    }
}

/// <summary>What a dense layer with batch norm keeps from its forward for its backward pass.</summary>
/// <param name="Normalized">The product, normalised in place.</param>
/// <param name="Inverse">1/√(σ² + ε) per unit.</param>
internal sealed record DenseSaved(RowBuffer Normalized, DeviceBuffer Inverse);
