using IadNative.Iad;

namespace IadNative;

/// <summary>
/// An anomaly detector that trains on importance weights: what <see cref="RobustTraining"/> wraps IAD around. It knows its n samples
/// itself. All calls come from one thread.
/// </summary>
public interface IWeightedDetector
{
    /// <summary>
    /// Mean weighted loss per sample of the last training, for reports; null where there is none. One that is not finite ends the
    /// run, which keeps the rounds before.
    /// </summary>
    double? Loss => null;

    /// <summary>
    /// Whether <see cref="Score"/> may be called before the first <see cref="Train"/>, for the AUC of the untrained detector: the
    /// control beside every other AUC.
    /// </summary>
    bool ScoresUntrained => false;

    /// <summary>Trains for a round; whether from scratch or from where the last round left it is the detector's choice.</summary>
    /// <param name="weights">n importance weights, 0 to 1 (Eq. 13); all 1 in round 0, which is the base model.</param>
    /// <param name="cancellationToken">To be looked at in long trainings.</param>
    void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken);

    /// <summary>Scores the n samples; the higher a score, the more anomalous its sample.</summary>
    /// <param name="scores">Receives n scores. A run with one that is not finite ends and keeps the rounds before.</param>
    void Score(Span<float> scores);

    /// <summary>
    /// The round that just ended is the selected one so far: remembers its state, instead of any remembered before. Comes after
    /// <see cref="Score"/> and before the next <see cref="Train"/>.
    /// </summary>
    void Keep()
    {
    }

    /// <summary>All rounds are over: goes back to the state that was remembered last. Comes once, where any round was finished.</summary>
    void Restore()
    {
    }
}
