namespace IadNative.Compute.Cpu.Stacked;

/// <summary>One operation of a plan's scoring, compiled for vectors of networks.</summary>
internal abstract class StackedStep
{
    /// <summary>Makes of a network's numbers what the operation needs, in the network's lane.</summary>
    public virtual void Fold(ref StackedFold network)
    {
    }

    /// <summary>Runs the operation on a block.</summary>
    public abstract void Run(in StackedBlock block);

    /// <summary>
    /// Carries multipliers back over the operation that has just run on the block, as <see cref="Scoring.ICarryingStep"/> does: the first
    /// sample is the reference.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="output">Multipliers of what it wrote, laid out as that; used up. Of scores none.</param>
    /// <param name="input">Receives those of what it read.</param>
    public virtual unsafe void Carry(in StackedBlock block, float* output, float* input) =>
        throw new NotSupportedException($"{GetType().Name} cannot be followed back.");
}
