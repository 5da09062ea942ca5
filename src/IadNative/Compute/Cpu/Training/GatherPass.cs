using IadNative.Compute.Cpu.Kernels;
using IadNative.Data;

namespace IadNative.Compute.Cpu.Training;

/// <summary>Brings the samples of a batch together, and their importance weights.</summary>
internal sealed unsafe class GatherPass(TrainingBatch batch, SessionSpec spec, int features, float* output)
    : TrainingPass(batch), ITeamWork
{
    // Samples that share a cache line.
    private const int Granule = 16;

    // A number that is copied, in multiply-adds.
    private const int Cost = 16;

    public override void Run()
    {
        float* weights = Batch.Weights.Pointer;
        float[] importance = Batch.Replica.ImportanceWeights;
        for (int s = 0; s < Batch.Samples; s++) weights[s] = importance[Batch.Rows[s]];
        for (int s = Batch.Samples; s < Batch.Padded; s++) weights[s] = 0;
        Batch.Team.Share(this, 0, Batch.Padded, Granule, (long)Cost * Batch.Padded * features);
    }

    public void Part(int phase, int first, int end, int member)
    {
        FeatureScaler scaler = spec.Scaler;
        fixed (float* data = spec.Data, offset = scaler.Offset, scale = scaler.Scale)
        {
            Kernels.Batch.Gather(
                data, Batch.Rows + first, features, offset, scale, output + first, Batch.Stride,
                Math.Clamp(Batch.Samples - first, 0, end - first), end - first);
        }
    }
}
