using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>The squared distance to a center, or to a target of each sample, and its gradient.</summary>
internal sealed class CudaSquaredDistance(SquaredDistance distance) : CudaScore(new ScoreTerms(
    distance.Target is null ? ScoreKind.Distance : ScoreKind.Reconstruction,
    distance.Scores, distance.Output, distance.Target, distance.Center, LogDeterminant: null, distance.IsRoot))
{
    protected override Activation? GradientOf(PlanOperation operation, Activation scoreGradient) =>
        operation is SquaredDistanceBackward backward
            && backward.ScoreGradient == scoreGradient
            && (backward.Output, backward.Target, backward.Center) == (distance.Output, distance.Target, distance.Center)
            && backward.Root == (distance.IsRoot ? distance.Scores : null)
                ? backward.OutputGradient
                : null;
}

/// <summary>As in kernels/loss.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ScoreGradientArguments
{
    public ulong Output, Target, Center, ScoreGradient, Root, Gradient;
    public long Stride, TargetStride;
    public int BatchStride, Width, Samples;
}

/// <summary>The squared distance backward, where its loss looks at the whole batch.</summary>
internal sealed class CudaSquaredDistanceBackward(SquaredDistanceBackward backward) : CudaOperation
{
    public static readonly KernelDefinition<ScoreGradientArguments> Kernel = new(
        "loss.cu", "squared_distance_backward", (in a, replicas, _) => LaunchShape.Samples(a.Samples, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<ScoreGradientArguments> kernel = training.Kernel(Kernel);
        RowBuffer output = training.Read(backward.Output), scoreGradient = training.Read(backward.ScoreGradient);
        RowBuffer? target = training.Read(backward.Target), root = training.Read(backward.Root);
        RowBuffer gradient = training.Write(backward.OutputGradient);
        return samples => kernel.Launch(
            new ScoreGradientArguments
            {
                Output = output.Address,
                Target = target?.Address ?? 0,
                Center = training.State.StateOf(backward.Center),
                ScoreGradient = scoreGradient.Address,
                Root = root?.Address ?? 0,
                Gradient = gradient.Address,
                Stride = output.Stride,
                TargetStride = target?.Stride ?? 0,
                BatchStride = training.Rows,
                Width = backward.Output.Width,
                Samples = samples,
            },
            training.State.Replicas);
    }
}
