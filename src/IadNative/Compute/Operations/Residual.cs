namespace IadNative.Compute.Operations;

/// <summary>A branch beside its input: y = x + n, where the branch made n from x.</summary>
/// <param name="Input">x, B × d.</param>
/// <param name="Branch">n, B × d.</param>
/// <param name="Output">Receives y, B × d.</param>
internal sealed record ResidualForward(Activation Input, Activation Branch, Activation Output) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output];
}

/// <summary>
/// The same backward: dn = dy, of which the branch gets a copy that it may use up. The direct part of dx is dy itself, to which the
/// branch's first layer then adds.
/// </summary>
/// <param name="OutputGradient">d loss / d y, B × d.</param>
/// <param name="BranchGradient">Receives d loss / d n, B × d.</param>
internal sealed record ResidualBackward(Activation OutputGradient, Activation BranchGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [BranchGradient];
}
