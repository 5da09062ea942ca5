using System.Collections.Concurrent;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu;

/// <summary>
/// A plan on the CPU: each replica is a task of its own, on as many worker threads as given; where there are fewer replicas than
/// threads, several work together on each.
/// </summary>
internal sealed class CpuSession<T> : ISession
    where T : struct, ILanes<T>
{
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly CpuReplica[] _replicas;
    private readonly ConcurrentBag<CpuWorker<T>> _workers = [];
    private readonly int _threads;

    public CpuSession(Plan plan, SessionSpec spec, int threads, long smallestShare = ThreadTeam.SmallestShare)
    {
        _plan = plan;
        _spec = spec;
        spec.Validate(plan);
        float[] ones = new float[spec.Samples];
        Array.Fill(ones, 1f);
        _replicas = [.. spec.Replicas.Select(replica => new CpuReplica(plan, replica, spec.ViewOf(replica), ones, T.Count))];
        _threads = Math.Min(threads, _replicas.Length);
        for (int i = 0; i < _threads; i++)
            _workers.Add(new CpuWorker<T>(plan, spec, new ThreadTeam(threads / _threads, smallestShare)));
    }

    public void Import(int replica, ReplicaState state) => _replicas[replica].Import(state);

    public void Export(int replica, ReplicaState state) => _replicas[replica].Export(state);

    public void Initialize(int round) => ForEachActive(
        (_, replica) => replica.Import(NetworkInitializer.Fresh(_plan, replica.Spec.Key, replica.Spec.Member, round)),
        CancellationToken.None);

    public void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, _spec.Samples);
        float[] shared = weights.ToArray();
        foreach (CpuReplica replica in _replicas.AsSpan(first, count)) replica.ImportanceWeights = shared;
    }

    public void BeginRound() => ForEachActive((worker, replica) => worker.BeginRound(replica), CancellationToken.None);

    public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken) =>
        ForEachActive((worker, replica) => worker.Train(replica, epochs, epochDone, cancellationToken), cancellationToken);

    public TrainingOutcome Outcome(int replica) => _replicas[replica].Outcome;

    public void Score() => ForEachActive((worker, replica) => worker.Score(replica), CancellationToken.None);

    public void Score(IReadOnlyCollection<int> replicas, int samples, ScoreReader read) => ForEach(
        replicas, (worker, replica) => read(replica, worker.ScoreToRead(_replicas[replica])), CancellationToken.None);

    public void ReadScores(int replica, Span<float> scores) => _replicas[replica].Scores.CopyTo(scores);

    public void Deactivate(int replica) => _replicas[replica].Active = false;

    public void ReadGradient(int replica, Span<float> gradient) =>
        _replicas[replica].Gradient.Span[.._plan.Parameters.Length].CopyTo(gradient);

    public void Dispose()
    {
        foreach (CpuWorker<T> worker in _workers) worker.Dispose();
    }

    private void ForEachActive(Action<CpuWorker<T>, CpuReplica> action, CancellationToken cancellationToken) =>
        ForEach(_replicas.Where(replica => replica.Active), action, cancellationToken);

    private void ForEach<TReplica>(IEnumerable<TReplica> replicas, Action<CpuWorker<T>, TReplica> action, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken };
        Parallel.ForEach(Partitioner.Create(replicas, EnumerablePartitionerOptions.NoBuffering), options, replica =>
        {
            if (!_workers.TryTake(out CpuWorker<T>? worker))
                throw new InvalidOperationException("A session is used by two threads at once.");
            try
            {
                action(worker, replica);
            }
            finally
            {
                _workers.Add(worker);
            }
        });
    }
}
