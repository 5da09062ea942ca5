using System.Diagnostics;
using IadNative.Compute;
using IadNative.Iad.Members;
using IadNative.Metrics;

namespace IadNative.Iad;

/// <summary>Runs that train side by side: their members, and Algorithm 1 on them.</summary>
internal sealed class RunGroup : IDisposable
{
    private readonly LoopSpec _loop;
    private readonly IadRun[] _runs;
    private readonly ProgressMeter _progress;
    private readonly RoundObserver? _observer;
    private readonly int _memberCount;
    private readonly IMembers _members;
    private readonly IRounds _rounds;

    /// <summary>Creates the members of some runs.</summary>
    /// <param name="training">What brings them.</param>
    /// <param name="runs">The runs.</param>
    /// <param name="progress">Told of every epoch and round.</param>
    /// <param name="observer">Shown the networks of every round; null for no one.</param>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    public RunGroup(ITraining training, IadRun[] runs, ProgressMeter progress, RoundObserver? observer)
    {
        (_loop, _runs, _progress, _observer) = (training.Loop, runs, progress, observer);
        _memberCount = _loop.Between.Members;
        _members = training.Create([.. runs.Select(run => run.Seed)], progress);
        try
        {
            _rounds = _members.CreateRounds(_loop.Between with { Runs = runs.Length });
        }
        catch
        {
            _members.Dispose();
            throw;
        }
    }

    /// <summary>Trains all rounds; a run that cannot go on is frozen and left out.</summary>
    public void Train(CancellationToken cancellationToken)
    {
        for (int round = 0; round <= _loop.Rounds && Active.Any(); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TrainRound(round, cancellationToken);
        }

        foreach (int run in WithResult)
        {
            _runs[run].Kept = _rounds.Kept(run);
            _members.Restore(run);
        }

        if (WithResult.Any()) _runs[WithResult.First()].KeptScores = _rounds.KeptScores(WithResult.First());
    }

    public void Dispose()
    {
        _rounds.Dispose();
        _members.Dispose();
    }

    private IEnumerable<int> Active => Enumerable.Range(0, _runs.Length).Where(run => _runs[run].Failure is null);

    private IEnumerable<int> WithResult => Enumerable.Range(0, _runs.Length).Where(run => _runs[run].Rounds.Count > 0);

    private void TrainRound(int round, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        _progress.BeginRound(round);
        _members.Prepare(round, cancellationToken);
        FreezeWhereTrainingFailed();
        if (!Active.Any()) return;
        _members.Begin(round);
        if (round == 0 && _members.AreScoredUntrained) TakeUntrained();

        _rounds.SetWeights();
        _members.Train(round, cancellationToken);
        Score();
        FreezeWhereTrainingFailed();
        TakeRound(round, start);
    }

    private void TakeUntrained()
    {
        Score();
        double?[] aucs = _rounds.TakeUntrained();
        foreach (int run in Active) _runs[run].UntrainedAuc = aucs[run];
        _runs[0].UntrainedScores = _loop.Between.IsCommittee
            ? _rounds.UntrainedScores
            : MemberScores.Read(_members, run: 0, _loop.Between);
    }

    // A committee's scores are taken in while they are made.
    private void Score()
    {
        if (!_loop.Between.IsCommittee) _members.Score();
    }

    /// <summary>Everything that may fail on the device comes before the first report, so that a round counts for all runs or none.</summary>
    private void TakeRound(int round, long start)
    {
        RoundResult[] results = _rounds.Take();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int[] sound = [.. Active.Where(run => results[run].Trouble is null)];
        double[] losses = [.. sound.Select(LossOf)];
        bool[] areKept = [.. Enumerable.Range(0, _runs.Length).Select(run => sound.Contains(run) && _runs[run].Picks(results[run]))];
        bool isBeside = _loop.Termination.KeepsBeside(round);
        if (areKept.Contains(true)) _rounds.Keep(areKept, isBeside);
        double?[] averages = [.. areKept.Select((isKept, run) => isKept && isBeside ? AucOf(_rounds.KeptScores(run)) : null)];

        // The networks of the run that becomes the detector leave the device when they are the best so far: it may fail later.
        int first = WithResult.Concat(sound).FirstOrDefault();
        if (areKept[first]) _runs[first].Kept = _rounds.Kept(first);

        if (_observer is { } observer)
        {
            foreach (int run in sound) observer(_runs[run].Seed, round, _members.Export(run));
        }

        foreach (int run in Active.Except(sound).ToArray()) Freeze(run, null, results[run].Trouble!);
        for (int i = 0; i < sound.Length; i++)
        {
            _runs[sound[i]].Add(results[sound[i]], losses[i], seconds);
            if (areKept[sound[i]]) _runs[sound[i]].AverageAuc = averages[sound[i]];
        }

        _progress.EndRound(sound.ToDictionary(run => _runs[run].Seed, run => _runs[run].Rounds[round]));
    }

    // A network of a committee may have met a loss that is not finite and score soundly nevertheless.
    private double LossOf(int run)
    {
        double[] losses = [.. Enumerable.Range(0, _memberCount).Select(member => _members.Loss(run, member))
            .Where(loss => !_loop.Between.IsCommittee || double.IsFinite(loss))];
        return losses.Length > 0 ? losses.Average() : double.NaN;
    }

    private double? AucOf(float[] scores)
    {
        if (_loop.Between.Labels is not { } labels) return null;
        int[] order = new int[scores.Length];
        Ranking.Order(scores, order);
        return RocAuc.Compute(scores, labels, order);
    }

    private void FreezeWhereTrainingFailed()
    {
        // A committee goes on without the networks that failed; whether any is left is seen in its scores.
        if (_loop.Between.IsCommittee) return;
        foreach (int run in Active.ToArray())
        {
            if (_members.Failure(run) is not { } failure) continue;
            string name = MemberScores.Name(failure.Member, _memberCount);
            Freeze(run, failure.Epoch, $"{failure.What} of {name} is not finite");
        }
    }

    private void Freeze(int run, int? epoch, string reason)
    {
        _members.Freeze(run);
        _rounds.Freeze(run);
        _runs[run].Freeze(epoch, reason);
    }
}
