using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/rownorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RowNormArguments
{
    public ulong Input, OutputGradient, Result;
    public long InputStride, Stride;
    public int Width, Samples;
}

/// <summary>Samples brought to the unit sphere, the same in training and in scoring.</summary>
internal sealed class CudaRowNormalizeForward(RowNormalizeForward normalize) : CudaOperation
{
    public static readonly KernelDefinition<RowNormArguments> Kernel = new(
        "rownorm.cu", "row_norm", (in a, replicas, _) => LaunchShape.Samples(a.Samples, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Action<RowRange> forward = Forward(training);
        return samples => forward(new RowRange(samples, AreOwn: true));
    }

    public override Action<RowRange> InScoring(CudaScoring scoring) => Forward(scoring);

    private Action<RowRange> Forward(CudaWalk walk)
    {
        Kernel<RowNormArguments> kernel = walk.Kernel(Kernel);
        RowBuffer input = walk.Read(normalize.Input), output = walk.Write(normalize.Output);
        return rows => kernel.Launch(
            new RowNormArguments
            {
                Input = input.Address,
                Result = output.Address,
                InputStride = input.StrideOf(rows),
                Stride = output.Stride,
                Width = normalize.Output.Width,
                Samples = rows.Count,
            },
            walk.State.Replicas);
    }
}

/// <summary>The same backward.</summary>
internal sealed class CudaRowNormalizeBackward(RowNormalizeBackward normalize) : CudaOperation
{
    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<RowNormArguments> kernel = training.Kernel(CudaRowNormalizeForward.Kernel);
        RowBuffer input = training.Read(normalize.Input), gradient = training.Read(normalize.OutputGradient);
        RowBuffer result = training.Write(normalize.InputGradient);
        return samples => kernel.Launch(
            new RowNormArguments
            {
                Input = input.Address,
                OutputGradient = gradient.Address,
                Result = result.Address,
                InputStride = input.Stride,
                Stride = result.Stride,
                Width = normalize.Output.Width,
                Samples = samples,
            },
            training.State.Replicas);
    }
}
