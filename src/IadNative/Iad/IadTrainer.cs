using IadNative.Compute;
using IadNative.Iad.Members;

namespace IadNative.Iad;

/// <summary>
/// Algorithm 1 for all runs of a job: T + 1 trainings each, after each of which scores become the importance weights of the
/// next. Round 0 has all weights 1 and is the base model. All runs train side by side; where the device has not the memory, in as
/// few groups of equal size as have room. Where memory runs out nevertheless, groups become half as large, and so on.
/// </summary>
internal sealed class IadTrainer
{
    private readonly ITraining _training;
    private readonly RoundObserver? _observer;
    private readonly ProgressMeter _progress;
    private readonly IadRun[] _runs;

    /// <summary>A job.</summary>
    /// <param name="training">What the loop is wrapped around.</param>
    /// <param name="progress">Told of every epoch and round; null for no one.</param>
    /// <param name="observer">Shown the networks of every round; null for no one.</param>
    public IadTrainer(ITraining training, IProgress<TrainingProgress>? progress, RoundObserver? observer = null)
    {
        (_training, _observer) = (training, observer);
        LoopSpec loop = training.Loop;
        _progress = new ProgressMeter(progress, loop.Rounds, training.EpochsOfRun * loop.Seeds);
        _runs = [.. Enumerable.Range(0, loop.Seeds).Select(index => new IadRun(index, loop))];
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
                most = Math.Min(most, _training.Most(_runs[first].Seed, left));
                int groups = (left + most - 1) / most;
                IadRun[] runs = [.. _runs.Skip(first).Take((left + groups - 1) / groups)];
                long done = _progress.Done;
                try
                {
                    using var group = new RunGroup(_training, runs, _progress, _observer);
                    group.Train(cancellationToken);
                    first += runs.Length;
                }
                catch (DeviceFailedException failure) when (failure.IsOutOfMemory && runs.Length > 1 && runs.All(IsUntouched))
                {
                    most = (runs.Length + 1) / 2;
                    _progress.GoBack(done);
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
