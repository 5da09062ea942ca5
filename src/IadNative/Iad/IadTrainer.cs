using IadNative.Compute;
using IadNative.Data;

namespace IadNative.Iad;

/// <summary>
/// Algorithm 1 for all runs of a job: T + 1 trainings each, after each of which scores become the importance weights of the
/// next. Round 0 has all weights 1 and is the base model. All runs train side by side; where the device has not the memory, in as
/// few groups of equal size as have room. Where memory runs out nevertheless, groups become half as large, and so on.
/// </summary>
internal sealed class IadTrainer
{
    private readonly TrainingJob _job;
    private readonly IadRun[] _runs;

    /// <summary>A job on a data set.</summary>
    /// <exception cref="ArgumentException">There are too few samples.</exception>
    public IadTrainer(
        IDevice device, ModelPlan plan, Dataset data, FeatureScaler scaler, TrainingOptions options,
        IProgress<TrainingProgress>? progress, RoundObserver? observer = null)
    {
        int fewest = options.Ensemble == 1 ? 2 : 3;
        if (data.Rows < fewest)
            throw new ArgumentException($"{data.Name} has {data.Rows} samples; at least {fewest} are needed.", nameof(data));
        int pretrainings = plan.PretrainEpochs == 0 ? 0 : options.Between == BetweenRounds.Reinitialize ? options.Rounds + 1 : 1;
        long epochs = ((long)(options.Rounds + 1) * (options.Epochs ?? 0)) + ((long)pretrainings * plan.PretrainEpochs);
        var meter = new ProgressMeter(progress, options.Rounds, epochs * options.Seeds * options.Ensemble);
        _job = new TrainingJob(device, plan, data, scaler, options, meter, observer);
        _runs = [.. Enumerable.Range(0, options.Seeds).Select(index => new IadRun(index, options, data.Rows, _job.Labels))];
    }

    /// <summary>Trains all rounds of all runs.</summary>
    /// <exception cref="TrainingFailedException">Every run froze in round 0.</exception>
    /// <exception cref="DeviceFailedException">The device failed before any run had finished round 0.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public IReadOnlyList<IadRun> Train(CancellationToken cancellationToken)
    {
        try
        {
            for (int first = 0, most = _runs.Length; first < _runs.Length;)
            {
                int left = _runs.Length - first;
                most = Math.Min(most, RunGroup.Most(_job, _runs[first], left));
                int groups = (left + most - 1) / most;
                IadRun[] runs = [.. _runs.Skip(first).Take((left + groups - 1) / groups)];
                long done = _job.Progress.Done;
                try
                {
                    using var group = new RunGroup(_job, runs);
                    group.Train(cancellationToken);
                    first += runs.Length;
                }
                catch (DeviceFailedException failure) when (failure.IsOutOfMemory && runs.Length > 1 && runs.All(IsUntouched))
                {
                    most = (runs.Length + 1) / 2;
                    _job.Progress.GoBack(done);
                }
            }
        }
        catch (DeviceFailedException failure) when (_runs.Any(run => run.Rounds.Count > 0))
        {
            // A run that had its last round before the device failed is complete.
            foreach (IadRun run in _runs.Where(run => run.Failure is null && !run.IsFinished)) run.StopForDevice(failure.Message);
        }

        if (_runs.All(run => run.Rounds.Count == 0))
        {
            Alarm[] alarms = [.. _runs.Select(run => run.Failure!)];
            throw new TrainingFailedException(
                $"Training failed in its first round for every seed. {alarms[0].Message} Try a smaller learning rate, or look for extreme values in the data.",
                alarms);
        }

        return _runs;
    }

    // A device may notice only at work that its memory is short.
    private static bool IsUntouched(IadRun run) => run.Rounds.Count == 0 && run.Failure is null;
}
