using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/sigmoid.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SigmoidArguments
{
    public ulong Input, OutputGradient, Result;
    public long InputStride, Stride;
    public int Count;
}

/// <summary>Numbers brought between 0 and 1, the same in training and in scoring.</summary>
internal sealed class CudaSigmoidForward(SigmoidForward sigmoid) : CudaOperation
{
    public static readonly KernelDefinition<SigmoidArguments> Kernel = new(
        "sigmoid.cu", "sigmoid", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Action<RowRange> forward = Forward(training);
        return samples => forward(new RowRange(samples, AreOwn: true));
    }

    public override Action<RowRange> InScoring(CudaScoring scoring) => Forward(scoring);

    private Action<RowRange> Forward(CudaWalk walk)
    {
        Kernel<SigmoidArguments> kernel = walk.Kernel(Kernel);
        RowBuffer input = walk.Read(sigmoid.Input), output = walk.Write(sigmoid.Output);
        return rows => kernel.Launch(
            new SigmoidArguments
            {
                Input = input.Address,
                Result = output.Address,
                InputStride = input.StrideOf(rows),
                Stride = output.Stride,
                Count = rows.Count * sigmoid.Output.Width,
            },
            walk.State.Replicas);
    }
}

/// <summary>The same backward.</summary>
internal sealed class CudaSigmoidBackward(SigmoidBackward sigmoid) : CudaOperation
{
    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<SigmoidArguments> kernel = training.Kernel(CudaSigmoidForward.Kernel);
        RowBuffer output = training.Read(sigmoid.Output), gradient = training.Read(sigmoid.OutputGradient);
        RowBuffer result = training.Write(sigmoid.InputGradient);
        return samples => kernel.Launch(
            new SigmoidArguments
            {
                Input = output.Address,
                OutputGradient = gradient.Address,
                Result = result.Address,
                InputStride = output.Stride,
                Stride = result.Stride,
                Count = samples * sigmoid.Output.Width,
            },
            training.State.Replicas);
    }
}
