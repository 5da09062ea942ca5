namespace IadNative;

/// <summary>
/// Scores that took no learning, beside those of the detector on its training data. Where they agree with the detector, training added
/// little; without labels that is all that can be said.
/// </summary>
/// <param name="Name">
/// <c>untrained</c>, the networks before their first step; or <c>distance</c>, the squared distance of the prepared features from
/// their mean.
/// </param>
/// <param name="Auc">The control's AUC; null without labels of both kinds.</param>
/// <param name="RankCorrelation">Spearman's correlation with the detector's scores, −1 to 1; null where all scores of one side are equal.</param>
/// <param name="SharedFlagged">
/// Of the m samples that the detector flags, the share that is among the m with the control's highest scores; null for m = 0.
/// </param>
public sealed record ControlReport(string Name, double? Auc, double? RankCorrelation, double? SharedFlagged);
