using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Random;

namespace IadNative.Bench.Versus;

/// <summary>A network on data, and how it trains: what all contestants start from.</summary>
internal sealed record Network(BaseModel Model, Plan Plan, Dataset Data, FeatureScaler Scaler, int BatchSize, double LearningRate)
{
    /// <summary>Seed of all random numbers.</summary>
    public const ulong Key = 0;

    /// <summary>The session of the whole data; with rows, of these alone in one batch.</summary>
    public ISession CreateSession(int threads, int[]? rows = null) => new CpuDevice(threads).CreateSession(Plan, new SessionSpec
    {
        Data = Data.Values,
        Scaler = Scaler,
        Replicas = [new ReplicaSpec(Key, Member: 0, rows ?? [.. Enumerable.Range(0, Data.Rows)])],
        BatchSize = rows?.Length ?? BatchSize,
        LearningRate = LearningRate,
    });

    /// <summary>A detector of this network in some state; its threshold and quantiles mean nothing.</summary>
    public AnomalyDetector ToDetector(ReplicaState state) => new(
        new DetectorContent
        {
            Options = new FitOptions { Model = Model },
            Preparation = RowPreparation.Identity(Data.Features),
            AreFeaturesNamed = Data.AreFeaturesNamed,
            Scaler = Scaler,
            Members = [new DetectorMember { Model = Model, Plan = Plan, Trained = TrainedNetwork.Of(state), Median = 0, Scale = Model.MemberScale, Scaler = Scaler }],
            Quantiles = new float[DetectorContent.QuantileCount],
            Threshold = 0,
            Round = 0,
            Rounds = [0],
            Seed = Key,
            CreatedBy = nameof(Bench),
        });

    /// <summary>What a round starts from, with the center in its place.</summary>
    public ReplicaState Start(int round)
    {
        ReplicaState state = NetworkInitializer.Fresh(Plan, Key, member: 0, round);
        if (Plan.RoundStart.Count == 0) return state;
        using ISession session = CreateSession(threads: 1);
        session.Import(0, state);
        session.BeginRound();
        session.Export(0, state);
        return state;
    }

    /// <summary>The center of Deep SVDD in a state; empty for other models.</summary>
    public ReadOnlySpan<float> CenterOf(ReplicaState state) =>
        Plan.State.Find("center") is { } center ? state.State.AsSpan(center.Offset, center.Length) : default;

    /// <summary>The order of samples in an epoch.</summary>
    public int[] Order(int round, int epoch) =>
        [.. new Permutation(Data.Rows).Draw(new RandomSequence(Key, RandomPurpose.Shuffle, member: 0, round, epoch))];

    /// <summary>Samples of each step of an epoch.</summary>
    public int[] Batches()
    {
        var schedule = new BatchSchedule(Data.Rows, BatchSize);
        return [.. Enumerable.Range(0, schedule.Count).Select(schedule.Length)];
    }

    /// <summary>The batch loss of each of the first steps of round 0.</summary>
    public double[] FirstLosses(int steps)
    {
        ReplicaState state = Start(round: 0);
        int[] order = Order(round: 0, epoch: 0), batches = Batches();
        double[] losses = new double[Math.Min(steps, batches.Length)];
        for (int step = 0, start = 0; step < losses.Length; start += batches[step++])
        {
            // An epoch of one batch is one step, whose loss the session tells.
            using ISession session = CreateSession(threads: 1, order[start..(start + batches[step])]);
            session.Import(0, state);
            session.Train(new EpochRange(Round: 0, First: 0, Count: 1), null, CancellationToken.None);
            losses[step] = session.Outcome(0).Loss;
            session.Export(0, state);
        }

        return losses;
    }
}
