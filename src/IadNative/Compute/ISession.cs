namespace IadNative.Compute;

/// <summary>
/// A compiled plan with its data and replicas: the device contract. All replicas advance together; inactive ones are
/// left out. After construction nothing allocates in a training step. Sessions are not thread-safe.
/// </summary>
internal interface ISession : IDisposable
{
    /// <summary>Sets a replica's whole state.</summary>
    void Import(int replica, ReplicaState state);

    /// <summary>Copies a replica's whole state out.</summary>
    void Export(int replica, ReplicaState state);

    /// <summary>Gives every active replica the fresh state of a round, as <see cref="NetworkInitializer"/> draws it.</summary>
    void Initialize(int round);

    /// <summary>
    /// Sets the importance weights of the n samples for some neighbouring replicas at once, which may share their memory; they start
    /// at 1.
    /// </summary>
    /// <param name="first">The first of the replicas.</param>
    /// <param name="count">How many.</param>
    /// <param name="weights">n weights, copied.</param>
    void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights);

    /// <summary>Sets the importance weights of the n samples for one replica.</summary>
    void SetImportanceWeights(int replica, ReadOnlySpan<float> weights) => SetImportanceWeights(replica, 1, weights);

    /// <summary>Sets the state of each active replica as <see cref="Plan.RoundStart"/> says.</summary>
    void BeginRound();

    /// <summary>
    /// Trains each active replica through a range of epochs; one whose loss is not finite stops at the end of that epoch, or is
    /// computed along to no purpose. The device may still be at work when it returns.
    /// </summary>
    /// <param name="epochs">The epochs.</param>
    /// <param name="epochDone">Called after each epoch of each replica, from any thread; null for nobody.</param>
    /// <param name="cancellationToken">Looked at between two epochs of a replica.</param>
    void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken);

    /// <summary>How the replica's last training went.</summary>
    TrainingOutcome Outcome(int replica);

    /// <summary>Scores all n samples with each active replica in scoring mode.</summary>
    void Score();

    /// <summary>
    /// Scores all n samples with some replicas and hands out the scores of one after the other, or of several from as many threads.
    /// What <see cref="ReadScores"/> gives afterwards is not said: a device need not keep them.
    /// </summary>
    /// <param name="replicas">Active replicas.</param>
    /// <param name="samples">n.</param>
    /// <param name="read">Is given the scores.</param>
    void Score(IReadOnlyCollection<int> replicas, int samples, ScoreReader read)
    {
        Score();
        float[] scores = new float[samples];
        foreach (int replica in replicas)
        {
            ReadScores(replica, scores);
            read(replica, scores);
        }
    }

    /// <summary>Copies out the n scores of a replica's last scoring.</summary>
    void ReadScores(int replica, Span<float> scores);

    /// <summary>
    /// Leaves a replica out of all that follows: it no longer counts, and its state, scores and outcome are not to be read
    /// again, since a device may compute it along with the others.
    /// </summary>
    void Deactivate(int replica);

    /// <summary>Copies out what the replica's last step left behind: the gradient of the parameter block.</summary>
    void ReadGradient(int replica, Span<float> gradient);
}

/// <summary>Is given the scores that a replica just made.</summary>
/// <param name="replica">The replica.</param>
/// <param name="scores">n scores, which are there until it returns.</param>
internal delegate void ScoreReader(int replica, ReadOnlySpan<float> scores);
