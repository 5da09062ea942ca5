using IadNative.Compute;
using IadNative.Cuda;

namespace IadNative.Bench.Gpu.Lab;

/// <param name="Name">What was done since the phase before.</param>
/// <param name="Cycles">The median of its cycles.</param>
internal sealed record LabPhase(string Name, long Cycles);

/// <summary>What the phases of a step take on the highest rung, by the clock of the multiprocessor.</summary>
/// <param name="Workload">What trains.</param>
/// <param name="Phases">In order.</param>
internal sealed record LabPhases(GpuWorkload Workload, IReadOnlyList<LabPhase> Phases)
{
    /// <summary>Measures one network's.</summary>
    /// <exception cref="CudaException">The device fails.</exception>
    /// <exception cref="InvalidOperationException">The kernel marks no phases.</exception>
    public static LabPhases Take(ICudaDriver driver, GpuWorkload workload)
    {
        using var training = new LabTraining(driver, workload.Plan, workload.Session(replicas: 1), LabRung.Epoch, hasStamps: true);
        training.Begin();
        training.Train(new EpochRange(0, 0, 1));
        return new LabPhases(workload, training.Phases());
    }
}
