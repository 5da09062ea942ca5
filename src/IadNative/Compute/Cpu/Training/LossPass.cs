using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Training;

/// <summary>Scores, the weighted loss of the batch and its gradient: by samples, then alone, then by features.</summary>
internal sealed unsafe class LossPass<T>(
    TrainingBatch batch, LossKind kind, double nu, int width, float* output, float* target, float* logDeterminants,
    float* outputGradient) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private const int BySamples = 0, ByFeatures = 1;

    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    private readonly FloatBuffer _factors = new(batch.Stride);
    private readonly FloatBuffer _origin = new(width);

    private float* Center => logDeterminants == null ? Batch.Replica.Center.Pointer : _origin.Pointer;

    public override void Run()
    {
        long cost = (long)Cost * width * Batch.Padded;
        float* scores = Batch.Scores.Pointer, weights = Batch.Weights.Pointer, factors = _factors.Pointer;
        Batch.Team.Share(this, BySamples, Batch.Padded, T.Count, cost);
        float pull = kind == LossKind.NegativeLogLikelihood ? 0.5f : 1, radius = Batch.Replica.Radius;
        Batch.Loss = kind == LossKind.SoftBoundary
            ? SampleLoss.SoftBoundary<T>(scores, weights, factors, Batch.Samples, radius * radius, (float)nu)
            : SampleLoss.Plain<T>(scores, weights, factors, Batch.Samples, pull);
        Batch.Team.Share(this, ByFeatures, width, 1, cost);
    }

    public void Part(int phase, int first, int end, int member)
    {
        int stride = Batch.Stride;
        if (phase == ByFeatures)
        {
            nint at = (nint)first * stride;
            SquaredDistance.Gradient<T>(
                output + at, target == null ? null : target + at, Center + first, _factors.Pointer, end - first, stride,
                Batch.Padded, outputGradient + at);
            return;
        }

        float* scores = Batch.Scores.Pointer + first;
        if (target == null) SquaredDistance.FromCenter<T>(output + first, Center, width, stride, end - first, scores);
        else SquaredDistance.FromTarget<T>(output + first, target + first, width, stride, end - first, scores);
        if (logDeterminants != null) LogLikelihood.Score<T>(scores, logDeterminants + first, width, end - first);
    }
}
