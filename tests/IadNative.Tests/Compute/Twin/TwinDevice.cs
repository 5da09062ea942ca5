using System.Numerics;
using IadNative.Compute;

namespace IadNative.Tests.Compute.Twin;

/// <summary>The twin as a device, on which whole fits run.</summary>
/// <param name="order">What only matters to rounding, as for a <see cref="TwinRun{T}"/>.</param>
internal sealed class TwinDevice<T>(int order = 0) : IDevice
    where T : IFloatingPointIeee754<T>
{
    public string Description => $"twin over {typeof(T).Name}, order {order}";

    public ISession CreateSession(Plan plan, SessionSpec spec) => new Session(plan, spec, order);

    private sealed class Session(Plan plan, SessionSpec spec, int order) : ISession
    {
        private readonly Replica[] _replicas =
            [.. spec.Replicas.Select(replica => new Replica(replica, spec.Samples))];

        private IEnumerable<Replica> Active => _replicas.Where(replica => replica.IsActive);

        public void Import(int replica, ReplicaState state) => _replicas[replica].Twin =
            new TwinInterpreter<T>(plan, spec.Cut(_replicas[replica].Spec), new TwinState<T>(state))
            {
                ImportanceWeights = _replicas[replica].Weights,
                BiasLast = order % 2 == 1,
                ExponentialRounding = order,
            };

        public void Export(int replica, ReplicaState state)
        {
            TwinState<T> twin = _replicas[replica].Twin.State;
            Copy(twin.Parameters, state.Parameters);
            Copy(twin.FirstMoment, state.FirstMoment);
            Copy(twin.SecondMoment, state.SecondMoment);
            Copy(twin.Statistics, state.Statistics);
            Copy(twin.State, state.State);
            state.Steps = twin.Steps;
        }

        public void Initialize(int round)
        {
            for (int replica = 0; replica < _replicas.Length; replica++)
            {
                ReplicaSpec own = _replicas[replica].Spec;
                if (_replicas[replica].IsActive) Import(replica, NetworkInitializer.Fresh(plan, own.Key, own.Member, round));
            }
        }

        public void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights)
        {
            for (int replica = first; replica < first + count; replica++) weights.CopyTo(_replicas[replica].Weights);
        }

        public void BeginRound()
        {
            foreach (Replica replica in Active) replica.Twin.BeginRound(replica.Spec.Rows);
        }

        public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
        {
            foreach (Replica replica in Active)
            {
                for (int epoch = epochs.First; epoch < epochs.First + epochs.Count; epoch++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    double loss = double.CreateChecked(TwinRun<T>.Train(
                        replica.Twin, plan, spec, replica.Spec, epochs with { First = epoch, Count = 1 }, order));
                    replica.Outcome = new TrainingOutcome(loss, double.IsFinite(loss) ? null : epoch);
                    epochDone?.Invoke();
                    if (replica.Outcome.FailedEpoch is not null) break;
                }
            }
        }

        public TrainingOutcome Outcome(int replica) => _replicas[replica].Outcome;

        public void Score()
        {
            int[] all = [.. Enumerable.Range(0, spec.Samples)];
            foreach (Replica replica in Active) Copy(replica.Twin.Score(all), replica.Scores);
        }

        public void ReadScores(int replica, Span<float> scores) => _replicas[replica].Scores.CopyTo(scores);

        public void Deactivate(int replica) => _replicas[replica].IsActive = false;

        public void ReadGradient(int replica, Span<float> gradient) => Copy(_replicas[replica].Twin.Gradient, gradient);

        public void Dispose()
        {
        }

        private static void Copy(T[] source, Span<float> destination)
        {
            for (int i = 0; i < source.Length; i++) destination[i] = float.CreateChecked(source[i]);
        }
    }

    private sealed class Replica(ReplicaSpec spec, int samples)
    {
        public ReplicaSpec Spec => spec;

        public TwinInterpreter<T> Twin { get; set; } = null!;

        public float[] Weights { get; } = Problem.Values(samples, () => 1);

        public float[] Scores { get; } = new float[samples];

        public TrainingOutcome Outcome { get; set; }

        public bool IsActive { get; set; } = true;
    }
}
