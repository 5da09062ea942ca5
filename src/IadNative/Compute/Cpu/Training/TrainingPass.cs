namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// One operation of a plan's training step, compiled: it knows where its activations lie, and shares its work with the batch's
/// team where that is worth it.
/// </summary>
internal abstract class TrainingPass(TrainingBatch batch)
{
    /// <summary>What it works on.</summary>
    protected TrainingBatch Batch { get; } = batch;

    /// <summary>Runs the operation on the batch.</summary>
    public abstract void Run();
}
