using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The loss that draws a ball of least volume around most of a batch.</summary>
internal sealed unsafe class CpuMinimalVolumeLoss<T>(MinimalVolumeLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new MinimalVolumeLossPass(site.Batch, operation.Alpha, site[operation.Scores], site[operation.ScoreGradient]);
}

/// <summary>The loss and its gradient, in the order of the scores and in float64, on one thread.</summary>
internal sealed unsafe class MinimalVolumeLossPass(TrainingBatch batch, double alpha, float* scores, float* scoreGradient)
    : TrainingPass(batch)
{
    private readonly RankedScores _order = new(batch.Stride);

    // An epoch has batches of two sizes, the last one's and that of the others.
    private readonly BernsteinCoefficients _full = new(alpha, batch.Stride), _last = new(alpha, batch.Stride);

    public override void Run()
    {
        int samples = Batch.Samples;
        new Span<float>(scoreGradient, Batch.Padded).Clear();
        if (!_order.TrySort(scores, samples))
        {
            Batch.Loss = double.NaN;
            return;
        }

        ReadOnlySpan<double> coefficients = (samples >= _full.Count ? _full : _last).Of(samples);
        double loss = 0;
        for (int r = 0; r < samples; r++)
        {
            int s = _order.Sample(r);
            double pull = coefficients[samples - 1 - r] * Batch.Weights.Pointer[s];
            loss += pull * _order.Score(r);
            scoreGradient[s] = (float)pull;
        }

        Batch.Loss = samples * loss;
    }
}
