using IadNative.Compute;
using IadNative.Data;
using IadNative.Random;

namespace IadNative.Iad;

/// <summary>What all runs of a job have in common.</summary>
/// <param name="Device">Where they train.</param>
/// <param name="Plan">What they train.</param>
/// <param name="Data">On what.</param>
/// <param name="Scaler">Standardises a row on its way into the network.</param>
/// <param name="Options">How.</param>
/// <param name="Progress">Told of every epoch and round.</param>
/// <param name="Observer">Shown the networks of every round; null for no one.</param>
internal sealed record TrainingJob(
    IDevice Device, ModelPlan Plan, Dataset Data, FeatureScaler Scaler, TrainingOptions Options, ProgressMeter Progress,
    RoundObserver? Observer)
{
    /// <summary>True for anomalies, when both kinds are known.</summary>
    public bool[]? Labels { get; } = Data.Anomalies > 0 && Data.Anomalies < Data.Rows ? Data.Labels : null;

    /// <summary>Epochs per round.</summary>
    public int Epochs { get; } = Options.Epochs ?? throw new InvalidOperationException("The epochs per round are not set.");

    /// <summary>The networks of a run.</summary>
    public IEnumerable<ReplicaSpec> Replicas(IadRun run) => Enumerable.Range(0, Options.Ensemble).Select(member =>
        new ReplicaSpec(run.Seed, member, MemberRows.Draw(run.Seed, member, Options.Ensemble, Data.Rows)));

    /// <summary>The sessions of replicas: that of training and, where there is one, that of pretraining.</summary>
    public (Plan Plan, SessionSpec Spec)[] Sessions(IReadOnlyList<ReplicaSpec> replicas) =>
    [
        (Plan.Training, Session(replicas, RandomPurpose.Shuffle)),
        .. Plan.PretrainEpochs == 0
            ? ((Plan, SessionSpec)[])[]
            : [(Plan.Pretraining!, Session(replicas, RandomPurpose.PretrainShuffle))],
    ];

    private SessionSpec Session(IReadOnlyList<ReplicaSpec> replicas, RandomPurpose shuffle) => new()
    {
        Data = Data.Values,
        Scaler = Scaler,
        Replicas = replicas,
        BatchSize = Options.BatchSize,
        LearningRate = Options.LearningRate,
        WeightDecay = Options.WeightDecay,
        Shuffle = shuffle,
    };

    /// <summary>The rounds of some runs.</summary>
    public RoundSpec Rounds(int runs) => new()
    {
        Plan = Plan.Training,
        Runs = runs,
        Members = Options.Ensemble,
        Samples = Data.Rows,
        Labels = Labels,
        InverseTau = Options.InverseTau,
        Scale = Plan.Model.MemberScale,
        WeightByDensity = Plan.Model.WeighsByDensity,
    };
}
