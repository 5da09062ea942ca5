using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The absolute loss of a batch.</summary>
internal sealed unsafe class CpuAbsoluteLoss<T>(AbsoluteLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new AbsoluteLossPass(site.Batch, site[operation.Scores], site[operation.ScoreGradient]);
}

/// <summary>The loss and its gradient, in one go.</summary>
internal sealed unsafe class AbsoluteLossPass(TrainingBatch batch, float* scores, float* scoreGradient) : TrainingPass(batch)
{
    public override void Run() =>
        Batch.Loss = SampleLoss.Absolute(scores, Batch.Weights.Pointer, scoreGradient, Batch.Samples, Batch.Padded);
}
