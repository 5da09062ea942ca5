using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>The weighted loss of a batch with a soft boundary.</summary>
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
