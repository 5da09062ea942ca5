using IadNative.Compute;
using IadNative.Random;

namespace IadNative.Tests.Iad;

/// <summary>
/// A device that trains nothing: it serves prepared scores and outcomes, and writes down what it is asked to do. Its
/// networks can be told apart: training sets all weights of replica r in round t to <see cref="Mark"/>(t, r).
/// </summary>
internal sealed class ScriptedDevice : IDevice
{
    /// <summary>Scores of a replica after a round; round -1 stands for the untrained network.</summary>
    public required Func<int, int, float[]> Scores { get; init; }

    /// <summary>How a replica's training went in a round.</summary>
    public Func<int, int, TrainingOutcome> Outcomes { get; init; } = (_, _) => new TrainingOutcome(1, null);

    /// <summary>How a replica's pretraining went in a round.</summary>
    public Func<int, int, TrainingOutcome> PretrainingOutcomes { get; init; } = (_, _) => new TrainingOutcome(1, null);

    /// <summary>Called at the start of each training with the session's spec and the round.</summary>
    public Action<SessionSpec, int> OnTrain { get; init; } = (_, _) => { };

    /// <summary>Called when a network is copied out, with its replica and the round.</summary>
    public Action<int, int> OnExport { get; init; } = (_, _) => { };

    public List<ScriptedSession> Sessions { get; } = [];

    public string Description => "scripted";

    public ScriptedSession Training => Sessions.Single(session => session.Spec.Shuffle == RandomPurpose.Shuffle);

    public ScriptedSession Pretraining => Sessions.Single(session =>
        session.Spec.Shuffle == RandomPurpose.PretrainShuffle);

    public ISession CreateSession(Plan plan, SessionSpec spec)
    {
        var session = new ScriptedSession(this, plan, spec);
        Sessions.Add(session);
        return session;
    }

    public static float Mark(int round, int replica) => (100 * (round + 1)) + replica;
}

/// <summary>The session of a <see cref="ScriptedDevice"/>.</summary>
internal sealed class ScriptedSession : ISession
{
    private readonly ScriptedDevice _device;
    private readonly ReplicaState[] _states;
    private readonly bool[] _active;
    private int _round = -1;

    public ScriptedSession(ScriptedDevice device, Plan plan, SessionSpec spec)
    {
        _device = device;
        Plan = plan;
        Spec = spec;
        _states = [.. spec.Replicas.Select(_ => new ReplicaState(plan))];
        _active = [.. spec.Replicas.Select(_ => true)];
    }

    public Plan Plan { get; }

    public SessionSpec Spec { get; }

    /// <summary>The calls in order, as short words.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Copies of what was imported or initialized: how many rounds were trained by then, into which replica, what.</summary>
    public List<(int Trained, int Replica, ReplicaState State)> Imports { get; } = [];

    /// <summary>Copies of the importance weights that were set, by (round to come, replica).</summary>
    public Dictionary<(int Round, int Replica), float[]> Weights { get; } = [];

    public List<EpochRange> Trainings { get; } = [];

    public bool Disposed { get; private set; }

    public void Import(int replica, ReplicaState state)
    {
        Calls.Add($"import {replica}");
        Imports.Add((_round + 1, replica, Copy(state)));
        _states[replica].CopyFrom(state);
    }

    public void Initialize(int round)
    {
        for (int replica = 0; replica < _states.Length; replica++)
        {
            ReplicaSpec spec = Spec.Replicas[replica];
            if (_active[replica]) Import(replica, NetworkInitializer.Fresh(Plan, spec.Key, spec.Member, round));
        }
    }

    public void Export(int replica, ReplicaState state)
    {
        Calls.Add($"export {replica}");
        _device.OnExport(replica, _round);
        state.CopyFrom(_states[replica]);
    }

    public void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights)
    {
        for (int replica = first; replica < first + count; replica++)
        {
            Calls.Add($"weights {replica}");
            Weights.Add((_round + 1, replica), weights.ToArray());
        }
    }

    public void BeginRound()
    {
        if (Plan.RoundStart.Count > 0) Calls.Add("centers");
    }

    public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
    {
        Calls.Add($"train {epochs.Round}");
        Trainings.Add(epochs);
        _round = epochs.Round;
        _device.OnTrain(Spec, epochs.Round);
        for (int replica = 0; replica < _states.Length; replica++)
        {
            if (!_active[replica]) continue;
            Array.Fill(_states[replica].Parameters, ScriptedDevice.Mark(epochs.Round, replica));
            Array.Fill(_states[replica].Statistics, -ScriptedDevice.Mark(epochs.Round, replica));
            Array.Fill(_states[replica].FirstMoment, 7);
            Array.Fill(_states[replica].SecondMoment, 8);
            _states[replica].Steps += 9;
            for (int epoch = 0; epoch < epochs.Count; epoch++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                epochDone?.Invoke();
            }
        }
    }

    public TrainingOutcome Outcome(int replica) => Spec.Shuffle == RandomPurpose.Shuffle
        ? _device.Outcomes(replica, _round)
        : _device.PretrainingOutcomes(replica, _round);

    public void Score() => Calls.Add("score");

    public void ReadScores(int replica, Span<float> scores)
    {
        if (!_active[replica]) throw new InvalidOperationException($"Replica {replica} is frozen and has no scores.");
        _device.Scores(replica, _round).CopyTo(scores);
    }

    public void Deactivate(int replica)
    {
        Calls.Add($"freeze {replica}");
        _active[replica] = false;
    }

    public void ReadGradient(int replica, Span<float> gradient) => throw new NotSupportedException();

    public void Dispose() => Disposed = true;

    private ReplicaState Copy(ReplicaState state)
    {
        var copy = new ReplicaState(Plan);
        copy.CopyFrom(state);
        return copy;
    }
}
