using IadNative.Metrics;

namespace IadNative.Compute.Cpu.Training;

/// <summary>Sets the soft boundary's radius to a quantile of the batch, from some epoch on.</summary>
internal sealed unsafe class RadiusPass(TrainingBatch batch, float* scores, int radius, double nu, int fromEpoch) : TrainingPass(batch)
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
