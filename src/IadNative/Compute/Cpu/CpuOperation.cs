using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;

namespace IadNative.Compute.Cpu;

/// <summary>
/// All that the CPU engine knows of one operation of a plan: how to compute it in each place that it has a sense in, and what it
/// costs. Where it says null, whoever compiles the plan refuses it.
/// </summary>
internal abstract class CpuOperation<T>
    where T : struct, ILanes<T>
{
    /// <summary>The products of matrices in it, which are nearly all its work in wide networks.</summary>
    public virtual IEnumerable<WeightProduct> Products => [];

    /// <summary>This operation and the one before it, where training computes the two as one; null where it does not.</summary>
    public virtual CpuOperation<T>? JoinPrevious(PlanOperation previous) => null;

    /// <summary>This operation and the one behind it, where training computes the two as one; null where it does not.</summary>
    public virtual CpuOperation<T>? JoinNext(PlanOperation next) => null;

    /// <summary>As a part of <see cref="Plan.Step"/>.</summary>
    public virtual TrainingPass? InTrainingStep(TrainingSite site) => null;

    /// <summary>As a part of <see cref="Plan.EpochEnd"/>, where the rows of the batch are no longer at hand.</summary>
    public virtual TrainingPass? AtEpochEnd(TrainingSite site) => null;

    /// <summary>As a part of <see cref="Plan.Scoring"/>.</summary>
    public virtual ScoringStep? InScoring(ScoringProgram<T> program) => null;

    /// <summary>As <see cref="Plan.Fit"/>.</summary>
    public virtual FitStep? AsFit(Plan plan, SessionSpec spec, ThreadTeam team) => null;

    /// <summary>As the fit of a plan or the last of its scoring: what tells its scores apart by features; null where nothing does.</summary>
    public virtual ExplainingStep? InExplaining(ScoringProgram<T> program) => null;

    /// <summary>As a part of <see cref="Plan.RoundStart"/>.</summary>
    public virtual RoundStartStep? AtRoundStart(Plan plan, DataScorer<T> scorer) => null;
}
