using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/residual.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResidualArguments
{
    public ulong Input, Branch, Output;
    public long InputStride, BranchStride, OutputStride;
    public int Count;
}

/// <summary>A branch beside its input, the same in training and in scoring.</summary>
internal sealed class CudaResidualForward(ResidualForward residual) : CudaOperation
{
    public static readonly KernelDefinition<ResidualArguments> Kernel = new(
        "residual.cu", "residual", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Action<RowRange> add = Add(training);
        return samples => add(new RowRange(samples, AreOwn: true));
    }

    public override Action<RowRange> InScoring(CudaScoring scoring) => Add(scoring);

    private Action<RowRange> Add(CudaWalk walk)
    {
        Kernel<ResidualArguments> kernel = walk.Kernel(Kernel);
        RowBuffer input = walk.Read(residual.Input), branch = walk.Read(residual.Branch), output = walk.Write(residual.Output);
        return rows => kernel.Launch(
            new ResidualArguments
            {
                Input = input.Address,
                Branch = branch.Address,
                Output = output.Address,
                InputStride = input.StrideOf(rows),
                BranchStride = branch.Stride,
                OutputStride = output.Stride,
                Count = rows.Count * residual.Output.Width,
            },
            walk.State.Replicas);
    }
}

/// <summary>The same backward: the branch's own copy of the gradient.</summary>
internal sealed class CudaResidualBackward(ResidualBackward residual) : CudaOperation
{
    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<ResidualArguments> kernel = training.Kernel(CudaResidualForward.Kernel);
        RowBuffer gradient = training.Read(residual.OutputGradient), branch = training.Write(residual.BranchGradient);
        return samples => kernel.Launch(
            new ResidualArguments
            {
                Branch = gradient.Address,
                Output = branch.Address,
                BranchStride = gradient.Stride,
                OutputStride = branch.Stride,
                Count = samples * residual.OutputGradient.Width,
            },
            training.State.Replicas);
    }
}
