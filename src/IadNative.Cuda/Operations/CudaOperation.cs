using IadNative.Compute;

namespace IadNative.Cuda.Operations;

/// <summary>
/// What an operation of a plan does on the device, in each of the places of a plan where it can stand. It asks its walk for
/// kernels and memory when the walk is built, and gets back to none of that when it runs, so that it can be recorded.
/// </summary>
internal abstract class CudaOperation
{
    /// <summary>What it does in a training step with so many samples; null where it makes no sense there.</summary>
    /// <param name="training">The step.</param>
    /// <param name="following">The operations behind it; the first of them may be taken out and done along.</param>
    public virtual Action<int>? Train(CudaTrainingStep training, Queue<PlanOperation> following) => null;

    /// <summary>What it does at the end of an epoch, after a step of so many samples; null where it makes no sense there.</summary>
    public virtual Action<int>? EndEpoch(CudaTrainingStep training) => null;

    /// <summary>What it does with rows that are scored; null where it makes no sense there.</summary>
    public virtual Action<RowRange>? Score(CudaScoring scoring) => null;

    /// <summary>What it does at the beginning of a round; null where it makes no sense there.</summary>
    public virtual Action? BeginRound(CudaScoring scoring) => null;
}
