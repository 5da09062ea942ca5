using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Networks;

/// <summary>A network forward and backward, without score and loss: what a model writes its plan around.</summary>
internal sealed record NetworkPasses
{
    /// <summary>The parameter block.</summary>
    public required TensorLayout Parameters { get; init; }

    /// <summary>The block of running statistics.</summary>
    public required TensorLayout Statistics { get; init; }

    /// <summary>The standardised sample, B × d.</summary>
    public required Activation Input { get; init; }

    /// <summary>The network's output.</summary>
    public required Activation Output { get; init; }

    /// <summary>What the backward pass starts from: d loss / d output.</summary>
    public required Activation OutputGradient { get; init; }

    /// <summary>Log-determinant of a flow, B × 1; null for the others.</summary>
    public Activation? LogDeterminant { get; init; }

    /// <summary>The forward pass, from the gathered batch on.</summary>
    public required IReadOnlyList<PlanOperation> Forward { get; init; }

    /// <summary>The backward pass, down to the gradients of all parameters.</summary>
    public required IReadOnlyList<PlanOperation> Backward { get; init; }

    /// <summary>f, B × 1, where a model's score goes.</summary>
    public Activation Scores { get; } = new("score", 1);

    /// <summary>d loss / d f, B × 1.</summary>
    public Activation ScoreGradient { get; } = new("score.gradient", 1);

    /// <summary>The plan of this network with a model's score, loss, and what follows a step of Adam.</summary>
    /// <param name="score">From <see cref="Output"/> to <see cref="Scores"/>.</param>
    /// <param name="loss">From <see cref="Scores"/> to <see cref="ScoreGradient"/>.</param>
    /// <param name="scoreBackward">From <see cref="ScoreGradient"/> to <see cref="OutputGradient"/>.</param>
    /// <param name="update">What follows Adam.</param>
    public Plan ToPlan(PlanOperation score, PlanOperation loss, PlanOperation scoreBackward, params PlanOperation[] update) => new()
    {
        Features = Input.Width,
        Parameters = Parameters,
        Statistics = Statistics,
        Output = Output,
        Scores = Scores,
        Step = [.. Forward, score, loss, scoreBackward, .. Backward, new AdamStep(), .. update],
        Scoring = [.. Forward, score],
    };
}
