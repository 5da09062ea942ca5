namespace IadNative.Compute.Operations;

/// <summary>
/// The affine map of a MADE block: u = (x − m)·exp(−a), where m and a, which may depend on earlier features only, are the
/// block's outputs. Its log-determinant is −Σ a. No clamp on a.
/// </summary>
/// <param name="Input">x, B × d.</param>
/// <param name="Affine">m and then a, B × 2d.</param>
/// <param name="Output">Receives u, B × d.</param>
/// <param name="LogDeterminantBefore">Log-determinant of the blocks before, B × 1; null for the first.</param>
/// <param name="LogDeterminant">Receives that of all blocks so far, B × 1.</param>
internal sealed record AffineForward(
    Activation Input, Activation Affine, Activation Output, Activation? LogDeterminantBefore, Activation LogDeterminant)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output, LogDeterminant];
}

/// <summary>
/// The affine map backward: dm = −du·exp(−a), da = −du·u + w/B, where w/B comes from the log-determinant in the loss, and
/// dx = du·exp(−a), the part that does not run through m and a.
/// </summary>
/// <param name="Affine">m and then a, B × 2d.</param>
/// <param name="Output">u, B × d.</param>
/// <param name="OutputGradient">d loss / d u, B × d.</param>
/// <param name="AffineGradient">Receives d loss / d m and then d loss / d a, B × 2d.</param>
/// <param name="InputGradient">Receives the direct part of d loss / d x, B × d; null where nobody needs it.</param>
internal sealed record AffineBackward(
    Activation Affine, Activation Output, Activation OutputGradient, Activation AffineGradient, Activation? InputGradient)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => InputGradient is null ? [AffineGradient] : [AffineGradient, InputGradient];
}
