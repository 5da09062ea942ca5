using IadNative.Compute;

namespace IadNative.Iad.Members;

/// <summary>
/// What the loop trains: the members of some runs, side by side. A member is addressed by the number of its run among these and by
/// its number within the run. Not thread-safe.
/// </summary>
internal interface IMembers : IDisposable
{
    /// <summary>Whether members can be scored before their first training.</summary>
    bool AreScoredUntrained { get; }

    /// <summary>What <see cref="Begin"/> of a round needs trained; <see cref="Failure"/> then tells of it.</summary>
    void Prepare(int round, CancellationToken cancellationToken);

    /// <summary>Gives every member that is not frozen the state that a round starts from.</summary>
    void Begin(int round);

    /// <summary>Sets the importance weights of the n samples for some neighbouring members; they start at 1.</summary>
    void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights);

    /// <summary>Trains every member that is not frozen for a round; it may still be at work when this returns.</summary>
    void Train(int round, CancellationToken cancellationToken);

    /// <summary>Scores all n samples with every member that is not frozen.</summary>
    void Score();

    /// <summary>
    /// Scores all n samples with every member that is not frozen, and hands out the scores of one after the other, or of several from
    /// as many threads, instead of keeping them.
    /// </summary>
    /// <param name="samples">n.</param>
    /// <param name="read">Is given the scores.</param>
    void Score(int samples, MemberScoreReader read);

    /// <summary>Copies out the n scores of a member's last scoring.</summary>
    void ReadScores(int run, int member, Span<float> scores);

    /// <summary>What went wrong in the last training of a run that is not frozen; null for nothing.</summary>
    MemberFailure? Failure(int run);

    /// <summary>Mean weighted loss per sample of a member's last training; NaN where there is none.</summary>
    double Loss(int run, int member);

    /// <summary>Leaves a run out of all that follows.</summary>
    void Freeze(int run);

    /// <summary>Keeps the members of some runs as they are, instead of those kept before. One that throws has changed nothing.</summary>
    /// <param name="runs">One flag per run.</param>
    /// <param name="isBeside">Whether those kept before stay; never where members keep themselves.</param>
    void Keep(ReadOnlySpan<bool> runs, bool isBeside);

    /// <summary>
    /// What was kept of a run's members, one each, all of the first round that was kept, then all of the second; empty where they keep
    /// themselves.
    /// </summary>
    IReadOnlyList<ReplicaState> Kept(int run);

    /// <summary>Copies of a run's members as they are, one each; empty where they keep themselves.</summary>
    IReadOnlyList<ReplicaState> Export(int run);

    /// <summary>Brings members that keep themselves back to what they kept; all rounds are over.</summary>
    void Restore(int run);

    /// <summary>Begins the work between two rounds.</summary>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    IRounds CreateRounds(RoundSpec spec) => new HostRounds(this, spec);
}

/// <summary>Why a member cannot go on.</summary>
/// <param name="Member">Its number within the run.</param>
/// <param name="Epoch">The epoch in which it failed; null where that is not known.</param>
/// <param name="What">What is not finite, such as <c>the loss</c>.</param>
internal readonly record struct MemberFailure(int Member, int? Epoch, string What);

/// <summary>Is given the scores that a member just made.</summary>
/// <param name="run">Its run.</param>
/// <param name="member">Its number within the run.</param>
/// <param name="scores">n scores, which are there until it returns.</param>
internal delegate void MemberScoreReader(int run, int member, ReadOnlySpan<float> scores);
