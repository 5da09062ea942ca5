using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/made.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AffineForwardArguments
{
    public ulong Input, Affine, Output, Before, After;
    public long Stride, InputStride, AffineStride;
    public int BatchStride, Width, Samples;
}

/// <summary>As in kernels/made.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AffineBackwardArguments
{
    public ulong Affine, Output, OutputGradient, Weights, AffineGradient, InputGradient;
    public long Stride, AffineStride;
    public int BatchStride, Width, Samples;
}

/// <summary>The affine map of a MADE block forward, the same in training and in scoring.</summary>
internal sealed class CudaAffineForward(AffineForward affine) : CudaOperation
{
    public static readonly KernelDefinition<AffineForwardArguments> Kernel = new(
        "made.cu", "affine_forward", (in a, replicas, _) => LaunchShape.Samples(a.Samples, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Action<RowRange> map = Map(training);
        return samples => map(new RowRange(samples, AreOwn: true));
    }

    public override Action<RowRange> InScoring(CudaScoring scoring) => Map(scoring);

    private Action<RowRange> Map(CudaWalk walk)
    {
        Kernel<AffineForwardArguments> kernel = walk.Kernel(Kernel);
        RowBuffer input = walk.Read(affine.Input), parameters = walk.Read(affine.Affine);
        RowBuffer? before = walk.Read(affine.LogDeterminantBefore);
        RowBuffer output = walk.Write(affine.Output), after = walk.Write(affine.LogDeterminant);
        return rows => kernel.Launch(
            new AffineForwardArguments
            {
                Input = input.Address,
                Affine = parameters.Address,
                Output = output.Address,
                Before = before?.Address ?? 0,
                After = after.Address,
                Stride = output.Stride,
                InputStride = input.StrideOf(rows),
                AffineStride = parameters.Stride,
                BatchStride = walk.Rows,
                Width = affine.Output.Width,
                Samples = rows.Count,
            },
            walk.State.Replicas);
    }
}

/// <summary>The affine map backward.</summary>
internal sealed class CudaAffineBackward(AffineBackward affine) : CudaOperation
{
    public static readonly KernelDefinition<AffineBackwardArguments> Kernel = new(
        "made.cu", "affine_backward", (in a, replicas, _) => LaunchShape.Elements((long)a.Samples * a.Width, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<AffineBackwardArguments> kernel = training.Kernel(Kernel);
        RowBuffer parameters = training.Read(affine.Affine), output = training.Read(affine.Output);
        RowBuffer outputGradient = training.Read(affine.OutputGradient), affineGradient = training.Write(affine.AffineGradient);
        RowBuffer? inputGradient = training.Write(affine.InputGradient);
        return samples => kernel.Launch(
            new AffineBackwardArguments
            {
                Affine = parameters.Address,
                Output = output.Address,
                OutputGradient = outputGradient.Address,
                Weights = training.Weights.Address,
                AffineGradient = affineGradient.Address,
                InputGradient = inputGradient?.Address ?? 0,
                Stride = output.Stride,
                AffineStride = parameters.Stride,
                BatchStride = training.Rows,
                Width = affine.Output.Width,
                Samples = samples,
            },
            training.State.Replicas);
    }
}
