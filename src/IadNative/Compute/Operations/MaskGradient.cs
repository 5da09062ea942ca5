namespace IadNative.Compute.Operations;

/// <summary>Sets the gradients of masked-out parameters to zero.</summary>
internal sealed record MaskGradient : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];
}
