using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The weighted loss of a batch with a soft boundary.</summary>
internal sealed unsafe class CpuSoftBoundaryLoss<T>(SoftBoundaryLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new SoftBoundaryLossPass<T>(
        site.Batch, site[operation.Scores], operation.Radius.Offset, operation.Nu, site[operation.ScoreGradient]);
}

/// <summary>The loss and its gradient, in one go.</summary>
internal sealed unsafe class SoftBoundaryLossPass<T>(
    TrainingBatch batch, float* scores, int radius, double nu, float* scoreGradient) : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run()
    {
        float square = Batch.State[radius] * Batch.State[radius];
        Batch.Loss = SampleLoss.SoftBoundary<T>(scores, Batch.Weights.Pointer, scoreGradient, Batch.Samples, square, (float)nu);
    }
}
