using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The weighted loss of a batch whose samples lose what they score.</summary>
internal sealed unsafe class CpuScoreLoss<T>(ScoreLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new ScoreLossPass<T>(site.Batch, site[operation.Scores], site[operation.ScoreGradient]);
}

/// <summary>The loss and its gradient, in one go.</summary>
internal sealed unsafe class ScoreLossPass<T>(TrainingBatch batch, float* scores, float* scoreGradient) : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run() =>
        Batch.Loss = SampleLoss.Plain<T>(scores, Batch.Weights.Pointer, scoreGradient, Batch.Samples);
}
