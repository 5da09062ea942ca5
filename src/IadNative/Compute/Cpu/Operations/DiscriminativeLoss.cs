using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The loss of a batch that is split into pseudo-normal and other samples.</summary>
internal sealed unsafe class CpuDiscriminativeLoss<T>(DiscriminativeLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new DiscriminativeLossPass(
        site.Batch, operation.Unit, operation.Lambda, site[operation.Scores], site[operation.ScoreGradient]);
}

/// <summary>The loss and its gradient, in the order of the scores and in float64, on one thread.</summary>
internal sealed unsafe class DiscriminativeLossPass(
    TrainingBatch batch, double unit, double lambda, float* scores, float* scoreGradient) : TrainingPass(batch)
{
    private readonly RankedScores _order = new(batch.Stride);

    public override void Run()
    {
        int samples = Batch.Samples;
        new Span<float>(scoreGradient, Batch.Padded).Clear();
        if (!_order.TrySort(scores, samples))
        {
            Batch.Loss = double.NaN;
            return;
        }

        var weights = new ReadOnlySpan<float>(Batch.Weights.Pointer, samples);
        var split = BatchSplit.Of(_order, weights, unit);
        double pulled = split.Scatter > 0 ? lambda : 0, loss = 0;
        for (int r = 0; r < samples; r++)
        {
            int s = _order.Sample(r);
            double error = unit * _order.Score(r), slope = 0;
            bool isNormal = r < split.Normal;
            if (isNormal)
            {
                slope = 1.0 / split.Normal;
                loss += weights[s] * error;
            }

            if (pulled != 0) slope += pulled * split.Slope(error, isNormal);
            scoreGradient[s] = (float)(unit * weights[s] * slope);
        }

        Batch.Loss = samples * ((loss / split.Normal) + (pulled * split.Within));
    }
}
