namespace IadNative.Compute.Cpu;

/// <summary>The fit of a plan, compiled: it sets a replica's parameters from all rows that the replica trains on.</summary>
internal abstract class FitStep
{
    /// <summary>Fits a replica.</summary>
    /// <returns>Mean weighted loss per row; not finite where there is no fit, and the replica is then as it was.</returns>
    public abstract double Run(CpuReplica replica);
}
