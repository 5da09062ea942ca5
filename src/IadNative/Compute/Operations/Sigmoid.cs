namespace IadNative.Compute.Operations;

/// <summary>Brings each number between 0 and 1: z = 1/(1 + e⁻ˣ).</summary>
/// <param name="Input">x, B × k.</param>
/// <param name="Output">Receives z, B × k.</param>
internal sealed record SigmoidForward(Activation Input, Activation Output) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output];
}

/// <summary>The same backward: dx = dz · z (1 − z).</summary>
/// <param name="Output">z, B × k.</param>
/// <param name="OutputGradient">d loss / d z, B × k.</param>
/// <param name="InputGradient">Receives d loss / d x, B × k.</param>
internal sealed record SigmoidBackward(Activation Output, Activation OutputGradient, Activation InputGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [InputGradient];
}
