namespace IadNative.Compute;

/// <summary>
/// One unit of work on a batch. A device compiles each kind its own way, and refuses a kind that it does not know.
/// </summary>
internal abstract record PlanOperation
{
    /// <summary>The activations that it is the first to write; what it only adds to or uses up is not among them.</summary>
    public abstract IEnumerable<Activation> Writes { get; }
}
