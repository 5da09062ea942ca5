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
}
