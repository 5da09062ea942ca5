using IadNative.Compute;
using IadNative.Messages;

namespace IadNative.Iad.Members;

/// <summary>The user's own detectors; they keep themselves.</summary>
internal sealed class DetectorMembers : IMembers
{
    private readonly IReadOnlyList<ulong> _seeds;
    private readonly Member[][] _runs;
    private readonly bool[] _isFrozen;
    private readonly ProgressMeter _progress;
    private int _round;

    /// <summary>Detectors of some runs.</summary>
    /// <param name="seeds">The runs' seeds.</param>
    /// <param name="detectors">The detectors of each run.</param>
    /// <param name="samples">n.</param>
    /// <param name="progress">Told of every training.</param>
    public DetectorMembers(
        IReadOnlyList<ulong> seeds, IReadOnlyList<IWeightedDetector[]> detectors, int samples, ProgressMeter progress)
    {
        (_seeds, _progress) = (seeds, progress);
        _runs = [.. detectors.Select(run => run.Select(detector => new Member(detector, samples)).ToArray())];
        _isFrozen = new bool[_runs.Length];
    }

    public bool AreScoredUntrained => Array.TrueForAll(_runs, run => Array.TrueForAll(run, member => member.Detector.ScoresUntrained));

    public void Prepare(int round, CancellationToken cancellationToken) => _round = round;

    public void Begin(int round)
    {
        // A detector knows itself what a round starts from.
    }

    public void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights)
    {
        foreach (Member member in _runs[run].AsSpan(first, count)) weights.CopyTo(member.Weights);
    }

    public void Train(int round, CancellationToken cancellationToken) => ForEachActive((run, member) =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        Member own = _runs[run][member];
        Call(
            nameof(IWeightedDetector.Train), run, member,
            () =>
            {
                own.Detector.Train(own.Weights, cancellationToken);
                own.Loss = own.Detector.Loss;
            },
            cancellationToken);
        _progress.EpochDone();
    });

    public void Score() => ForEachActive((run, member) =>
    {
        Member own = _runs[run][member];
        Array.Fill(own.Scores, float.NaN); // what is left out is no score
        Call(nameof(IWeightedDetector.Score), run, member, () => own.Detector.Score(own.Scores));
    });

    public void Score(int samples, MemberScoreReader read) =>
        throw new NotSupportedException("Detectors of the user's are no committee.");

    public void ReadScores(int run, int member, Span<float> scores) => _runs[run][member].Scores.CopyTo(scores);

    public MemberFailure? Failure(int run)
    {
        int failed = Enumerable.Range(0, _runs[run].Length).FirstOrDefault(member => HasFailed(run, member), -1);
        return failed < 0 ? null : new MemberFailure(failed, null, "the loss");
    }

    private bool HasFailed(int run, int member) => _runs[run][member].Loss is { } loss && !double.IsFinite(loss);

    public double Loss(int run, int member) => _runs[run][member].Loss ?? double.NaN;

    public void Freeze(int run) => _isFrozen[run] = true;

    public void Keep(ReadOnlySpan<bool> runs, bool isBeside)
    {
        if (isBeside) throw new NotSupportedException("A detector of the user's remembers one round.");
        for (int run = 0; run < runs.Length; run++)
        {
            for (int member = 0; runs[run] && member < _runs[run].Length; member++)
                Call(nameof(IWeightedDetector.Keep), run, member, _runs[run][member].Detector.Keep);
        }
    }

    public IReadOnlyList<ReplicaState> Kept(int run) => [];

    public IReadOnlyList<ReplicaState> Export(int run) => [];

    public void Restore(int run)
    {
        for (int member = 0; member < _runs[run].Length; member++)
            Call(nameof(IWeightedDetector.Restore), run, member, _runs[run][member].Detector.Restore);
    }

    public void Dispose()
    {
        // Detectors are the user's.
    }

    private void ForEachActive(Action<int, int> action)
    {
        for (int run = 0; run < _runs.Length; run++)
        {
            for (int member = 0; !_isFrozen[run] && member < _runs[run].Length; member++) action(run, member);
        }
    }

    private void Call(string name, int run, int member, Action call, CancellationToken cancellationToken = default)
    {
        try
        {
            call();
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw new TrainingFailedException(
                $"The detector of seed {_seeds[run]}, member {member}, threw in {name} of round {_round}: {ForeignText.Shorten(e.Message, ForeignText.LongestReason)}", e);
        }
    }

    /// <summary>A detector with what goes in and comes out.</summary>
    private sealed class Member(IWeightedDetector detector, int samples)
    {
        public IWeightedDetector Detector { get; } = detector;

        public float[] Weights { get; } = new float[samples];

        public float[] Scores { get; } = new float[samples];

        public double? Loss { get; set; }
    }
}
