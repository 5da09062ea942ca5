using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Iad;

namespace IadNative.Cuda.Choice;

/// <summary>
/// Seconds that the CPU takes for some work: what a step computes (<see cref="PlanWork"/>), at the speeds that
/// bench/results/device-choice-2026-11.md measured on one thread, on as many threads as there are.
/// Convolutions have become quicker since, so that steps on images are estimated up to a third longer than they are
/// (bench/results/convolutions-2026-11.md).
/// </summary>
internal static class CpuEstimate
{
    // Of one thread with vectors of eight floats; vectors of another length are faster or slower in proportion.
    private const double SecondsPerDenseFlop = 1.0 / 80e9, SecondsPerConvolutionFlop = 1.0 / 65e9;
    private const double SecondsPerElement = 0.35e-9, SecondsPerParameter = 1e-9;
    private const double SecondsPerOperation = 100e-9;

    // Of a masked network's products, as blocks of zeros are passed over.
    private const double ComputedShareOfMasked = 0.7;

    private const int MeasuredLanes = 8;

    /// <summary>Seconds of some work, all of it.</summary>
    /// <param name="work">The sessions, which train one after the other.</param>
    /// <param name="threads">Threads to train on.</param>
    public static double Seconds(IReadOnlyList<DeviceWork> work, int threads) => work.Sum(session => Seconds(session, threads));

    /// <summary>Seconds of a training step of one network on one thread.</summary>
    /// <param name="plan">A plan that is trained in steps.</param>
    /// <param name="batch">Samples of the step.</param>
    public static double Step(Plan plan, double batch) =>
        Seconds(plan, plan.Step, batch) + (plan.Parameters.Length * SecondsPerParameter * MeasuredLanes / CpuDevice.VectorLength);

    private static double Seconds(DeviceWork work, int threads)
    {
        Plan plan = work.Plan;
        int rows = work.Spec.Replicas[0].Rows.Length, replicas = work.Spec.Replicas.Count, steps = 1;
        double step;
        if (plan.Fit is { } fit)
        {
            step = Seconds(plan, [fit], rows);
        }
        else
        {
            steps = new BatchSchedule(rows, work.Spec.BatchSize).Count;
            step = Step(plan, (double)rows / steps);
        }

        double training = work.Epochs * steps * step, scoring = work.Scorings * Seconds(plan, plan.Scoring, work.Spec.Samples);
        return (training + scoring) * replicas / Used(threads, replicas, step);
    }

    // A network is trained by one thread, or by several where each has enough to do.
    private static double Used(int threads, int replicas, double step)
    {
        if (threads <= replicas) return replicas / Math.Ceiling((double)replicas / threads);
        double shares = step / (2.0 * ThreadTeam.SmallestShare * SecondsPerDenseFlop);
        return replicas * Math.Clamp(shares, 1, threads / replicas);
    }

    private static double Seconds(Plan plan, IEnumerable<PlanOperation> operations, double samples)
    {
        PlanWork work = PlanWork.Of(operations);
        double dense = work.DenseFlops * (plan.Parameters.IsMasked ? ComputedShareOfMasked : 1);
        double sample = (dense * SecondsPerDenseFlop) + (work.ConvolutionFlops * SecondsPerConvolutionFlop) + (work.Elements * SecondsPerElement);
        return (work.Operations * SecondsPerOperation) + (samples * sample * MeasuredLanes / CpuDevice.VectorLength);
    }
}
