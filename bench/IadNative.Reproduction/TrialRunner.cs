using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Fleet;
using IadNative.Fleet.Claims;
using IadNative.Reproduction.Figures;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>
/// Trains trials side by side and stores each as soon as it is done. What the store knows is left alone, and so is what another
/// process has claimed: its result is waited for.
/// </summary>
/// <param name="device">Where to train.</param>
/// <param name="data">The data sets.</param>
/// <param name="store">Where results are kept.</param>
/// <param name="workers">Trials at a time.</param>
internal sealed class TrialRunner(IDevice device, DataFolder data, ResultStore store, int workers)
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
        Run(missing.Length, workers, TryComplete, progress.Wait, cancellationToken);

        bool TryComplete(int place)
        {
            Trial trial = trials[missing[place]];
            if (TryFindOrTrain(trial, progress.Of(place, Describe(trial)), cancellationToken) is not { } result) return false;
            results[missing[place]] = result;
            progress.Finish(place, Describe(trial));
            return true;
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
        TrialKey key = KeyOf(trial);
        WeightsFigure? figure = null;
        Run(1, 1, _ => TryLook(), waits: null, cancellationToken);
        return figure!;

        bool TryLook()
        {
            if ((figure = store.FindFigure(trial, key)) is not null) return true;
            using WorkClaim? claim = store.TryClaimFigure(trial, key);
            if (claim is null) return false;
            figure = store.FindFigure(trial, key) ?? Look();
            return true;
        }

        WeightsFigure Look()
        {
            Dataset samples = data.Load(trial.Cell.Dataset).For(trial);
            WeightsFigure seen = WeightsExperiment.Run(trial, samples, device, store.Engine, report, cancellationToken);
            store.AddFigure(trial, key, seen);
            return seen;
        }
    }

    // When a worker fails, the others still bring the trainings to their end that they are at: those may have taken hours.
    private static void Run(int pieces, int workers, Func<int, bool> tryDo, Action<int>? waits, CancellationToken cancellationToken) =>
        new WorkLoop(workers, (_, piece, _) => Task.FromResult(tryDo((int)piece))) { Waits = waits }
            .RunAsync(Enumerable.Range(0, pieces).Select(piece => (long)piece).ToAsyncEnumerable(), cancellationToken).GetAwaiter().GetResult();

    private TrialKey KeyOf(Trial trial) => TrialKey.Of(trial, data.Load(trial.Cell.Dataset).Checksum);

    /// <summary>A trial's result, found or trained; null while another process is at it.</summary>
    private TrialResult? TryFindOrTrain(Trial trial, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        TrialKey key = KeyOf(trial);
        if (store.Find(trial, key) is { } known)
        {
            store.DeleteVoidClaims(trial, key);
            return known;
        }

        using WorkClaim? claim = store.TryClaim(trial, key);
        if (claim is null) return null;
        // Between the look and the claim another process may have come to its end.
        if (store.Find(trial, key) is { } justDone) return justDone;
        TrialResult result = Train(trial, key, progress, cancellationToken);
        store.Add(trial, key, result);
        return result;
    }

    private TrialResult Train(
        Trial trial, TrialKey key, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
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
                Key = key.Hash,
                Inputs = key.Inputs,
                Engine = store.Engine,
                Untrained = run.UntrainedAuc,
                Distance = fit.Controls.First(control => control.Name == "distance").Auc,
                Auc = [.. run.Rounds.Select(round => round.Auc!.Value)],
                SelectedBy = run.SelectedBy,
                // Controls are numbers of their own here.
                Alarms = [.. fit.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter).Select(alarm => $"{Describe(trial)}: {alarm.Message}")],
            };
        }
        catch (TrainingFailedException exception)
        {
            return new TrialResult
            {
                Key = key.Hash,
                Inputs = key.Inputs,
                Engine = store.Engine,
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
            MaskedAutoregressiveFlow => trial.Cell.Dataset.IsImages ? 1 : 10,
            Autoencoder or DiscriminativeAutoencoder or SelfTrainedOrdinalRegression or AutoencodingGaussianProcess => 3,
            RobustSubspaceAutoencoder => 5,
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
