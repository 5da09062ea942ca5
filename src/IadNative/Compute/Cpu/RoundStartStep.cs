namespace IadNative.Compute.Cpu;

/// <summary>One operation of the beginning of a round, compiled: it sets a part of a replica's state.</summary>
internal abstract class RoundStartStep
{
    /// <summary>Runs the operation for a replica.</summary>
    public abstract void Run(CpuReplica replica);
}
