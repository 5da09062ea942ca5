using IadNative.Reproduction.Figures;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>Trains trials side by side and stores each as soon as it is done; what the store knows is left alone.</summary>
/// <param name="device">Where to train.</param>
/// <param name="engine">The <see cref="EngineIdentity"/>, a part of every key.</param>
/// <param name="data">The data sets.</param>
/// <param name="store">Where results are kept.</param>
/// <param name="workers">Trials at a time.</param>
internal sealed class TrialRunner(IDevice device, string engine, DataFolder data, ResultStore store, int workers)
{
    /// <summary>The results that the store knows already, in the order of the trials; null where it knows none.</summary>
    /// <exception cref="BadInputException">A data set is missing.</exception>
    public TrialResult?[] Find(IReadOnlyList<Trial> trials) => [.. trials.Select(trial => store.Find(trial, KeyOf(trial)))];

    /// <summary>Trains what is missing.</summary>
    /// <param name="trials">All trials.</param>
    /// <param name="results">Their results; those that are null are filled in.</param>
    /// <param name="report">Receives progress from any thread.</param>
    /// <param name="cancellationToken">Stops between two epochs; finished trials stay in the store.</param>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="DeviceFailedException">The device stopped working.</exception>
    /// <exception cref="IOException">A result could not be stored.</exception>
    public void Complete(IReadOnlyList<Trial> trials, TrialResult?[] results, Action<ProgressStep> report,
        CancellationToken cancellationToken)
    {
        int[] missing = [.. Enumerable.Range(0, trials.Count).Where(i => results[i] is null)];
        var progress = new TrialProgress([.. missing.Select(i => Work(trials[i]))], report);
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        int next = -1;
        try
        {
            Parallel.For(0, missing.Length, options, _ =>
            {
                // In order, whatever ranges the loop hands out.
                int place = Interlocked.Increment(ref next);
                Trial trial = trials[missing[place]];
                TrialResult result = Train(trial, progress.Of(place, Describe(trial)), cancellationToken);
                store.Add(trial, result);
                results[missing[place]] = result;
                progress.Finish(place, Describe(trial));
            });
        }
        catch (AggregateException exception)
        {
            // The workers' failures are alike; the first tells the story.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    /// <summary>What the rounds of a trial of Deep SVDD look like, trained once more unless the store knows it.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="report">Receives progress.</param>
    /// <param name="cancellationToken">Stops between two epochs.</param>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="IOException">The result could not be stored.</exception>
    public WeightsFigure LookAtRounds(Trial trial, Action<ProgressStep> report, CancellationToken cancellationToken)
    {
        string key = KeyOf(trial);
        if (store.FindFigure(trial, key) is { } known) return known;
        Dataset samples = data.Load(trial.Cell.Dataset).For(trial);
        WeightsFigure figure = WeightsExperiment.Run(trial, samples, device, report, cancellationToken);
        store.AddFigure(trial, key, figure);
        return figure;
    }

    private string KeyOf(Trial trial) => ResultStore.KeyOf(trial, data.Load(trial.Cell.Dataset).Checksum, engine);

    private TrialResult Train(Trial trial, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        Dataset samples = data.Load(trial.Cell.Dataset).For(trial);
        FitOptions options = trial.Cell.Settings.For(trial.Cell.Dataset, trial.Seed) with { Device = device };
        try
        {
            FitResult fit = AnomalyDetector.Fit(samples, options, progress, cancellationToken);
            if (fit.Alarms.FirstOrDefault(alarm => alarm.Kind == AlarmKind.DeviceFailed) is { } failure)
                throw new DeviceFailedException(failure.Message);
            RunReport run = fit.Runs[0];
            return new TrialResult
            {
                Key = KeyOf(trial),
                Untrained = run.UntrainedAuc,
                Auc = [.. run.Rounds.Select(round => round.Auc!.Value)],
                SelectedBy = run.SelectedBy,
                Alarms = [.. fit.Alarms.Select(alarm => $"{Describe(trial)}: {alarm.Message}")],
            };
        }
        catch (TrainingFailedException exception)
        {
            return new TrialResult
            {
                Key = KeyOf(trial),
                Untrained = null,
                Auc = [],
                SelectedBy = new Dictionary<string, int>(),
                Alarms = [.. exception.Alarms.Select(alarm => $"{Describe(trial)}: {alarm.Message}")],
            };
        }
    }

    /// <summary>
    /// A trial's share of the whole work, for the time left: samples times epochs times features, weighted by what a step of the
    /// model costs beside one of Deep SVDD.
    /// </summary>
    private double Work(Trial trial)
    {
        Dataset samples = data.Load(trial.Cell.Dataset).Data;
        double rows = trial.NormalClass is null ? samples.Rows : samples.Rows / (double)PaperDataset.Classes.Count;
        double step = trial.Cell.Settings.Model switch
        {
            BaseModel.MaskedAutoregressiveFlow => trial.Cell.Dataset.IsImages ? 1 : 10,
            BaseModel.Autoencoder => 3,
            _ => 1,
        };
        return rows * trial.Cell.Settings.Epochs * step * (samples.Columns + 50);
    }

    private static string Describe(Trial trial)
    {
        string normal = trial.NormalClass is { } name ? $" class {name}" : "";
        return Invariant($"{trial.Cell.Model} on {trial.Cell.Dataset.Name}{normal}, seed {trial.Seed}");
    }
}
