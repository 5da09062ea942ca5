namespace IadNative.Compute.Operations;

/// <summary>Copies the batch's rows, standardised: (x − offset)·scale.</summary>
/// <param name="Output">B × d.</param>
internal sealed record GatherBatch(Activation Output) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output];
}
