namespace IadNative.Compute.Cpu.Scoring;

/// <summary>
/// A step of scoring that can be followed back from a score to the features, by the rescale rule of DeepLIFT (Shrikumar et al., 2017).
/// Beside a sample a reference goes through the network, the first sample of a block. Every number v of an activation has a multiplier m,
/// so that Σ m·(v − v₀) over an activation is by how much the sample's score exceeds that of the reference, whose numbers are v₀. A step
/// turns the multipliers of what it wrote into those of what it read, so that this stays true: linear parts pass them on as a gradient
/// does; a curve y = g(x) of one number takes the slope of its chord, (y − y₀)/(x − x₀), for the derivative.
/// </summary>
internal interface ICarryingStep
{
    /// <summary>Whether it can: a network may hold what has no chord that can be told from its output.</summary>
    bool Carries { get; }

    /// <summary>
    /// Carries the multipliers of all samples but the first one back over the step that has just run on the block, from what it wrote,
    /// where they may be used up, to what it read: each activation has room for them, see <see cref="RowActivation.Multipliers"/>.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">Samples of the block, the reference with them, <see cref="CpuScorer.ExplainedRows"/> at most.</param>
    void Carry(FoldedNetwork network, int samples);
}
