namespace IadNative.Compute.Cpu.Scoring;

/// <summary>One operation of a plan's scoring, compiled: it knows where its activations and its folded numbers lie.</summary>
internal abstract class ScoringStep
{
    /// <summary>Makes of a network's numbers what the operation needs, at the places that it has reserved.</summary>
    public virtual void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
    }

    /// <summary>Runs the operation on a block.</summary>
    public abstract void Run(FoldedNetwork network, in ScoringBlock block);
}
