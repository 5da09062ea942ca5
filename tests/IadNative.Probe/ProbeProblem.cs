using IadNative.Compute;
using IadNative.Data;
using IadNative.Networks;
using IadNative.Random;

namespace IadNative.Probe;

/// <summary>A small training whose results a child process prints and the tests know exactly.</summary>
public static class ProbeProblem
{
    private const ulong Key = 3;
    private const int Features = 32, Samples = 77;

    /// <summary>An autoencoder of convolutions and dense layers.</summary>
    public static Plan Plan { get; } =
        PlanBuilder.Build(NetworkSpec.Parse("8x4-conv5-conv3-17-5"), Features, LossKind.Reconstruction);

    /// <summary>Uniform data in batches of 32.</summary>
    public static SessionSpec Spec { get; } = new()
    {
        Data = Uniform(),
        Scaler = new FeatureScaler(new float[Features], [.. Enumerable.Repeat(1f, Features)]),
        Replicas = [new ReplicaSpec(Key, Member: 0, [.. Enumerable.Range(0, Samples)])],
        BatchSize = 32,
        LearningRate = 1e-3,
    };

    /// <summary>What is trained.</summary>
    public static EpochRange Epochs { get; } = new(Round: 0, First: 0, Count: 2);

    /// <summary>The state before training.</summary>
    public static ReplicaState Start { get; } = NetworkInitializer.Fresh(Plan, Key, member: 0, round: 0);

    /// <summary>Trains and scores.</summary>
    public static float[] Scores(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        using ISession session = device.CreateSession(Plan, Spec);
        session.Import(0, Start);
        session.Train(Epochs, null, CancellationToken.None);
        session.Score();
        var scores = new float[Samples];
        session.ReadScores(0, scores);
        return scores;
    }

    private static float[] Uniform()
    {
        var data = new float[Samples * Features];
        new RandomSequence(Key, RandomPurpose.MemberRows, member: 0).FillUniform(data, 1.7f);
        return data;
    }
}
