using IadNative.Compute;

namespace IadNative.Iad;

/// <summary>
/// The score of an ensemble: each member's score divided by its median over the training data, or, for likelihoods, whose
/// medians may be negative, less its median; then averaged. A single network's score is left as it is.
/// </summary>
internal static class MemberScores
{
    /// <summary>The averaged score of one sample.</summary>
    /// <param name="scores">One score per member.</param>
    /// <param name="medians">One median per member.</param>
    /// <param name="loss">The loss whose scores they are.</param>
    public static float Combine(ReadOnlySpan<float> scores, ReadOnlySpan<double> medians, LossKind loss)
    {
        if (scores.Length == 1) return scores[0];
        double sum = 0;
        for (int k = 0; k < scores.Length; k++) sum += Subtracts(loss) ? scores[k] - medians[k] : scores[k] / medians[k];
        return (float)(sum / scores.Length);
    }

    /// <summary>Whether medians are subtracted instead of divided by.</summary>
    public static bool Subtracts(LossKind loss) => loss == LossKind.NegativeLogLikelihood;
}
