using System.Collections.Concurrent;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Random;

namespace IadNative.Compute.Cpu;

/// <summary>A plan on the CPU: each replica is a task of its own, on as many worker threads as given.</summary>
internal sealed class CpuSession<T> : ISession
    where T : struct, ILanes<T>
{
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly CpuReplica[] _replicas;
    private readonly ConcurrentBag<Worker> _workers = [];
    private readonly int _threads;

    public CpuSession(Plan plan, SessionSpec spec, int threads)
    {
        _plan = plan;
        _spec = spec;
        int samples = spec.Data.Length / plan.Features;
        _replicas = [.. spec.Replicas.Select(replica => new CpuReplica(plan, replica, samples, T.Count))];
        _threads = Math.Min(threads, _replicas.Length);
        for (int i = 0; i < _threads; i++) _workers.Add(new Worker(plan, spec));
    }

    public void Import(int replica, ReplicaState state) => _replicas[replica].Import(state);

    public void Export(int replica, ReplicaState state) => _replicas[replica].Export(state);

    public void Initialize(int round) => ForEachActive(
        (_, replica) => replica.Import(NetworkInitializer.Fresh(_plan, replica.Spec.Key, replica.Spec.Member, round)),
        CancellationToken.None);

    public void SetImportanceWeights(int replica, ReadOnlySpan<float> weights) =>
        weights.CopyTo(_replicas[replica].ImportanceWeights);

    public void PlaceCenters() => ForEachActive((worker, replica) => worker.PlaceCenter(replica), CancellationToken.None);

    public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken) =>
        ForEachActive((worker, replica) => worker.Train(replica, epochs, epochDone, cancellationToken), cancellationToken);

    public TrainingOutcome Outcome(int replica) => _replicas[replica].Outcome;

    public void Score() => ForEachActive((worker, replica) => worker.Score(replica), CancellationToken.None);

    public void ReadScores(int replica, Span<float> scores) => _replicas[replica].Scores.CopyTo(scores);

    public void Deactivate(int replica) => _replicas[replica].Active = false;

    public void ReadGradient(int replica, Span<float> gradient) =>
        _replicas[replica].Gradient.Span[.._plan.Parameters.Length].CopyTo(gradient);

    public void Dispose()
    {
        // All memory is garbage-collected.
    }

    private void ForEachActive(Action<Worker, CpuReplica> action, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken };
        IEnumerable<CpuReplica> active = _replicas.Where(replica => replica.Active);
        Parallel.ForEach(Partitioner.Create(active, EnumerablePartitionerOptions.NoBuffering), options, replica =>
        {
            if (!_workers.TryTake(out Worker? worker))
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

    /// <summary>What one thread needs to advance any replica.</summary>
    private sealed class Worker
    {
        private readonly SessionSpec _spec;
        private readonly CpuTrainingStep<T> _step;
        private readonly CpuScorer<T> _scorer;
        private readonly FoldedNetwork _folded;
        private readonly Permutation _permutation;
        private readonly BatchSchedule _schedule;
        private readonly int[] _order;

        public Worker(Plan plan, SessionSpec spec)
        {
            int rows = spec.Replicas[0].Rows.Length;
            _spec = spec;
            _schedule = new BatchSchedule(rows, spec.BatchSize);
            _step = new CpuTrainingStep<T>(plan, spec, _schedule.LargestBatch);
            _scorer = new CpuScorer<T>(plan);
            _folded = _scorer.CreateNetwork(spec.Scaler);
            _permutation = new Permutation(rows);
            _order = new int[rows];
        }

        public void Train(CpuReplica replica, EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
        {
            replica.Outcome = default;
            for (int epoch = epochs.First; epoch < epochs.First + epochs.Count; epoch++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double loss = TrainEpoch(replica, epochs.Round, epoch, epoch >= epochs.RadiusFrom);
                epochDone?.Invoke();
                bool failed = !double.IsFinite(loss);
                replica.Outcome = new TrainingOutcome(loss, failed ? epoch : null);
                if (failed) return;
            }
        }

        private double TrainEpoch(CpuReplica replica, int round, int epoch, bool updateRadius)
        {
            int[] rows = replica.Spec.Rows;
            var sequence = new RandomSequence(replica.Spec.Key, _spec.Shuffle, replica.Spec.Member, round, epoch);
            ReadOnlySpan<int> permutation = _permutation.Draw(sequence);
            for (int i = 0; i < permutation.Length; i++) _order[i] = rows[permutation[i]];

            double loss = 0;
            for (int batch = 0; batch < _schedule.Count; batch++)
            {
                ReadOnlySpan<int> samples = _order.AsSpan(_schedule.Start(batch), _schedule.Length(batch));
                loss += _step.Run(replica, samples, updateRadius);
            }

            return loss / rows.Length;
        }

        public void Score(CpuReplica replica)
        {
            Fold(replica);
            _scorer.Score(_folded, _spec.Data, replica.Scores);
        }

        public void PlaceCenter(CpuReplica replica)
        {
            Fold(replica);
            var sums = new double[replica.Center.Length];
            _scorer.AddOutputs(_folded, _spec.Data, replica.Spec.Rows, sums);
            for (int j = 0; j < sums.Length; j++)
            {
                double mean = sums[j] / replica.Spec.Rows.Length;
                replica.Center.Span[j] = CenterRule.KeepAwayFromZero((float)mean);
            }
        }

        private void Fold(CpuReplica replica) =>
            _folded.Fold(replica.Parameters.Span, replica.Statistics.Span, replica.Center.Span);
    }
}
