using IadNative.Iad;
using IadNative.Iad.Members;

namespace IadNative;

/// <summary>
/// IAD around any detector that trains on importance weights: Algorithm 1 with everything that the models of this library get from
/// it: weights (Eq. 12–14), rank flips (Eq. 15–16), every termination criterion, alarms, ensembles, reports, progress, cancellation.
/// </summary>
public static class RobustTraining
{
    /// <summary>Trains all rounds of all runs.</summary>
    /// <param name="samples">n.</param>
    /// <param name="create">
    /// Makes a detector for the seed of a run and the number of a member, from 0. It stays the caller's to dispose.
    /// </param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="labels">n labels, true for anomalies, for reports only; null for none.</param>
    /// <param name="progress">Receives progress a few times a second and the reports at each round's end.</param>
    /// <param name="cancellationToken">Stops training between two trainings, or within one that looks at it.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or there are too few samples or not as many labels.</exception>
    /// <exception cref="TrainingFailedException">
    /// Every run met a loss or score that is not finite in its first round; or a detector threw, and the message says where.
    /// </exception>
    /// <exception cref="InvalidOperationException"><paramref name="create"/> made none.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public static RobustResult Run(
        int samples, Func<ulong, int, IWeightedDetector> create, RobustOptions? options = null, IReadOnlyList<bool>? labels = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        ArgumentNullException.ThrowIfNull(create);
        options ??= new RobustOptions();
        options.Validate();
        if (labels is not null && labels.Count != samples)
            throw new ArgumentException($"There are {samples} samples but {labels.Count} labels.", nameof(labels));
        bool areOfBothKinds = labels is not null && labels.Contains(true) && labels.Contains(false);
        var training = new DetectorTraining(create, new LoopSpec
        {
            Rounds = options.Rounds,
            Termination = options.Termination,
            Seed = options.Seed,
            Seeds = options.Seeds,
            Between = new RoundSpec
            {
                Families = [new FamilyScores(options.Ensemble, options.Scale)],
                Samples = samples,
                Labels = areOfBothKinds ? [.. labels!] : null,
                InverseTau = options.InverseTau,
            },
        });
        IReadOnlyList<IadRun> runs = new IadTrainer(training, progress).Train(cancellationToken);
        RunReport[] reports = [.. runs.Select(run => run.Report)];
        IadRun first = runs.First(run => run.Rounds.Count > 0);
        return new RobustResult
        {
            Runs = reports,
            Alarms = [.. runs.Select(run => run.Failure).Concat(reports.Select(CollapseAlarm.For)).OfType<Alarm>()],
            Detectors = training.DetectorsOf(first.Seed),
            Medians = first.Kept!.Medians,
            Scale = options.Scale,
            Scores = first.KeptScores!,
        };
    }
}
