namespace IadNative.Compute.Cpu.Scoring;

/// <summary>One operation of a plan's scoring, compiled: it knows where its activations lie.</summary>
internal abstract class ScoringStep
{
    /// <summary>Runs the operation on the first samples of a block.</summary>
    public abstract void Run(FoldedNetwork network, int samples);
}
