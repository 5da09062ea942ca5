using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// All that the CUDA engine knows of one operation of a plan: what it does in each place that it has a sense in. It asks its walk
/// for kernels and memory while that is built; what it gives back then makes launches only, so that it can be recorded. Where it
/// says null, whoever compiles the plan refuses it.
/// </summary>
internal abstract class CudaOperation
{
    /// <summary>As a part of <see cref="Plan.Step"/>; given the samples of the batch.</summary>
    /// <param name="training">The step.</param>
    /// <param name="following">The operations behind it; the first of them may be taken out and done along.</param>
    public virtual Action<int>? InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following) => null;

    /// <summary>As a part of <see cref="Plan.EpochEnd"/>; given the samples of the last batch.</summary>
    public virtual Action<int>? AtEpochEnd(CudaTrainingStep training) => null;

    /// <summary>As a part of <see cref="Plan.Scoring"/>.</summary>
    public virtual Action<RowRange>? InScoring(CudaScoring scoring) => null;

    /// <summary>As <see cref="Plan.Fit"/>: passes over each replica's own rows, one after the other, at least one.</summary>
    public virtual IReadOnlyList<RowPass>? AsFit(CudaFit fitting) => null;

    /// <summary>As a part of a fit, which brings a chunk of each replica's own rows.</summary>
    public virtual Action<RowRange>? InFit(CudaFit fitting) => null;

    /// <summary>As a part of <see cref="Plan.RoundStart"/>: a pass over each replica's own rows.</summary>
    public virtual RowPass? AtRoundStart(CudaScoring scoring) => null;
}
