namespace IadNative.Compute.Cpu.Scoring;

/// <summary>What follows scoring where scores are to be told apart by features. It may use up the output that it reads.</summary>
internal abstract class ExplainingStep : ScoringStep
{
    /// <summary>
    /// Whether contributions sum to the score. Otherwise the block's first sample is a reference, the contributions of each other sum to
    /// its score less that of the reference, and those of the reference are 0.
    /// </summary>
    public virtual bool IsSplit => true;

    /// <summary>Writes what each feature of each sample of the block that was just scored adds to its score.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">Samples of the block.</param>
    /// <param name="contributions">Receives samples × features, row-major.</param>
    public abstract void Explain(FoldedNetwork network, int samples, Span<float> contributions);

    /// <inheritdoc/>
    public sealed override void Run(FoldedNetwork network, in ScoringBlock block) =>
        throw new InvalidOperationException("Explaining is no part of scoring.");
}
