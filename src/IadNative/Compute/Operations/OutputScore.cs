namespace IadNative.Compute.Operations;

/// <summary>The anomaly score of a network with one output, f = o.</summary>
/// <param name="Output">o, B × 1.</param>
/// <param name="Scores">Receives f, B × 1.</param>
internal sealed record OutputScore(Activation Output, Activation Scores) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Scores];
}

/// <summary>The same backward: do = df.</summary>
/// <param name="ScoreGradient">d loss / d f, B × 1.</param>
/// <param name="OutputGradient">Receives d loss / d o, B × 1.</param>
internal sealed record OutputScoreBackward(Activation ScoreGradient, Activation OutputGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [OutputGradient];
}
