namespace IadNative.Models;

/// <summary>
/// How a model trains on labels that its own scores give some of the samples, the rounds being its iterations, where others train on
/// importance weights of all samples. Its <see cref="Pretraining"/> comes once, before round 0.
/// </summary>
internal abstract record SelfTraining
{
    /// <summary>Samples that it takes at least.</summary>
    public const int FewestRows = 4;
}

/// <summary>
/// The network itself trains in every round, on 0 for the samples taken for normal and 1 for those taken for anomalous, by the scores of
/// the round before; in round 0 by those of the pretrained model.
/// </summary>
/// <param name="Labels">Which samples.</param>
internal sealed record OrdinalTraining(PseudoLabels Labels) : SelfTraining;

/// <summary>
/// The pretrained model's network stays as it is, and every round fits a <see cref="Compute.Operations.KernelRegression"/> to its codes
/// of some samples, 0 for those taken for normal and 1 for those taken for anomalous.
/// </summary>
/// <param name="Initial">Which samples in round 0: by the squared distance of (code, half the pretrained model's score) from its mean.</param>
/// <param name="Later">Which samples in later rounds: by the scores of the round before.</param>
internal sealed record ProcessTraining(PseudoLabels Initial, PseudoLabels Later) : SelfTraining
{
    /// <summary>Points at most that the regression is fitted to: its memory grows with their square, its time with their cube.</summary>
    public const int MostPoints = 4096;

    /// <summary>Points that the regression has: as many as the round that takes most.</summary>
    /// <param name="rows">n.</param>
    public int PointsOf(int rows) => Math.Max(Initial.In(rows, MostPoints).Drawn, Later.In(rows, MostPoints).Drawn);
}
