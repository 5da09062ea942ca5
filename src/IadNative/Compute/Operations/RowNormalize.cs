namespace IadNative.Compute.Operations;

/// <summary>Brings each sample to the unit sphere: z = x/max(‖x‖, <see cref="LeastNorm"/>).</summary>
/// <param name="Input">x, B × k.</param>
/// <param name="Output">Receives z, B × k.</param>
internal sealed record RowNormalizeForward(Activation Input, Activation Output) : PlanOperation
{
    /// <summary>A sample that is shorter is divided by this.</summary>
    public const float LeastNorm = 1e-12f;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output];
}

/// <summary>The same backward: dx = (dz − z (z·dz))/max(‖x‖, <see cref="RowNormalizeForward.LeastNorm"/>).</summary>
/// <param name="Input">x, B × k.</param>
/// <param name="Output">z, B × k.</param>
/// <param name="OutputGradient">d loss / d z, B × k.</param>
/// <param name="InputGradient">Receives d loss / d x, B × k.</param>
internal sealed record RowNormalizeBackward(Activation Input, Activation Output, Activation OutputGradient, Activation InputGradient)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [InputGradient];
}
