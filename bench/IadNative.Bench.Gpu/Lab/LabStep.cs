using IadNative.Compute;
using IadNative.Cuda;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>Seconds of a training step on a rung, of all replicas together.</summary>
/// <param name="Workload">What trained.</param>
/// <param name="Rung">How.</param>
/// <param name="Replicas">R.</param>
/// <param name="Seconds">The median; a step's share of the shuffle is counted in, and the last, smaller batch of an epoch is a step.</param>
internal sealed record LabStep(GpuWorkload Workload, LabRung Rung, int Replicas, double Seconds)
{
    /// <summary>Measures one.</summary>
    /// <exception cref="CudaException">The device fails, or has not enough memory.</exception>
    public static LabStep Take(ICudaDriver driver, GpuWorkload workload, LabRung rung, int replicas, GpuOptions options)
    {
        using var training = new LabTraining(driver, workload.Plan, workload.Session(replicas), rung);
        training.Begin();
        int epoch = 0;
        double seconds = Repetitions.MedianSeconds(options, epochs =>
        {
            training.Train(new EpochRange(0, epoch, epochs));
            epoch = (epoch + epochs) % 30_000;
        });
        return new LabStep(workload, rung, replicas, seconds / workload.Steps);
    }
}
