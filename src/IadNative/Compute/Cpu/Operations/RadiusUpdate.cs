using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;
using IadNative.Metrics;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>Setting a soft boundary's radius, after each step or at the end of an epoch.</summary>
internal sealed unsafe class CpuRadiusUpdate<T>(RadiusUpdate operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new RadiusPass(
        site.Batch, site[operation.Scores], operation.Radius.Offset, operation.Nu, operation.FromEpoch);

    public override TrainingPass AtEpochEnd(TrainingSite site) => InTrainingStep(site);
}

/// <summary>Sets the soft boundary's radius to a quantile of the batch, from some epoch on.</summary>
internal sealed unsafe class RadiusPass(TrainingBatch batch, float* scores, int radius, double nu, int fromEpoch)
    : TrainingPass(batch)
{
    private readonly float[] _sorted = new float[batch.Stride];

    public override void Run()
    {
        if (Batch.Epoch < fromEpoch) return;
        Span<float> sorted = _sorted.AsSpan(0, Batch.Samples);
        for (int s = 0; s < sorted.Length; s++) sorted[s] = MathF.Sqrt(scores[s]);
        sorted.Sort();
        if (!float.IsFinite(sorted[0]) || !float.IsFinite(sorted[^1])) return; // The loss says so at the end of the epoch.
        Batch.State[radius] = (float)Quantiles.Linear(sorted, 1 - nu);
    }
}
