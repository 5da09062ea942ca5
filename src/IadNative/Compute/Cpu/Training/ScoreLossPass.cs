using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>The weighted loss of a batch whose samples lose what they score.</summary>
internal sealed unsafe class ScoreLossPass<T>(TrainingBatch batch, float* scores, float* scoreGradient) : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run() =>
        Batch.Loss = SampleLoss.Plain<T>(scores, Batch.Weights.Pointer, scoreGradient, Batch.Samples);
}
