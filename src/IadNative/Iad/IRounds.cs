using IadNative.Compute;

namespace IadNative.Iad;

/// <summary>A device that does the work between two rounds itself, so that scores and weights never leave it.</summary>
internal interface IRoundDevice
{
    /// <summary>Begins the rounds of a session of this device, whose replicas are the members of one run, then of the next.</summary>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    IRounds CreateRounds(ISession session, RoundSpec spec);

    /// <summary>Whether sessions, and rounds of the first of them, have room side by side on the device as it is.</summary>
    /// <exception cref="DeviceFailedException">The device stopped working.</exception>
    bool HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds);
}

/// <summary>
/// What happens between two rounds, for all runs of a session at once: scores become ranks, are compared with the last round's
/// ranks, and turned into the importance weights of the next round (Eq. 12–16); the networks of each run's selected round are kept.
/// </summary>
internal interface IRounds : IDisposable
{
    /// <summary>The AUC of every run's untrained networks, from the scores that the session just made; null where there is none.</summary>
    double?[] TakeUntrained();

    /// <summary>
    /// The n scores of the first run's untrained networks where members do not keep scores, as in a committee; null elsewhere, or where
    /// there are none.
    /// </summary>
    float[]? UntrainedScores => null;

    /// <summary>Gives the session the importance weights of the coming round: 1 before round 0.</summary>
    void SetWeights();

    /// <summary>
    /// Takes the scores that the session just made. A run with a score that is not finite says so in its result and keeps its
    /// ranks, weights and networks.
    /// </summary>
    /// <returns>One result per run; that of a frozen run means nothing.</returns>
    RoundResult[] Take();

    /// <summary>Keeps the networks and scores of the round that was just taken, instead of those kept before.</summary>
    /// <param name="runs">One flag per run: whether its are kept.</param>
    /// <param name="isBeside">Whether those kept before stay; only where <see cref="RoundSpec.AveragesRounds"/>.</param>
    void Keep(ReadOnlySpan<bool> runs, bool isBeside = false);

    /// <summary>From here on a run keeps what it has.</summary>
    void Freeze(int run);

    /// <summary>The networks of the run's selected round so far.</summary>
    KeptNetworks Kept(int run);

    /// <summary>The n scores of the run in that round, as the device computed them; of several rounds their mean.</summary>
    float[] KeptScores(int run);
}

/// <summary>The networks of a run's selected round; of several rounds all of the first, then all of the second, and so on.</summary>
/// <param name="States">One per member; empty where members keep themselves.</param>
/// <param name="Medians">The members' median scores over the training data; zero for an only member of one round.</param>
internal sealed record KeptNetworks(IReadOnlyList<ReplicaState> States, double[] Medians)
{
    /// <summary>The widths of the middle half of the members' scores; empty where they are not brought to that scale.</summary>
    public double[] Widths { get; init; } = [];
}
