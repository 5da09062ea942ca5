using IadNative.Compute;
using IadNative.Data;
using IadNative.Networks;
using IadNative.Random;

namespace IadNative.Probe;

/// <summary>A small training whose results a child process prints and the tests know exactly.</summary>
internal sealed class ProbeProblem
{
    private const ulong Key = 3;
    private const int Samples = 77;

    private ProbeProblem(string name, NetworkSpec network, int features, ModelKind loss)
    {
        Name = name;
        Plan = ModelPlans.Build(network, features, loss);
        Spec = new SessionSpec
        {
            Data = Uniform(Samples * features, 1.7f),
            Scaler = new FeatureScaler(Uniform(features, 0.2f), [.. Enumerable.Repeat(0.9f, features)]),
            Replicas = [new ReplicaSpec(Key, Member: 0, [.. Enumerable.Range(0, Samples)])],
            BatchSize = 32,
            LearningRate = 1e-3,
        };
        Start = NetworkInitializer.Fresh(Plan, Key, member: 0, round: 0);
        Uniform(Start.Center.Length, 1).CopyTo(Start.State, 0);
    }

    /// <summary>Every loss, with all kinds of normalisation; and convolutions, for a code and for images.</summary>
    public static IReadOnlyList<ProbeProblem> All { get; } =
    [
        new("svdd", new NetworkSpec(17, 8) { Affine = true }, 7, ModelKind.OneClass),
        new("soft", new NetworkSpec(17, 8) { Bias = true }, 7, ModelKind.SoftBoundary),
        new("ae", new NetworkSpec(17, 5), 35, ModelKind.Reconstruction),
        new("maf", new NetworkSpec(9, 11), 5, ModelKind.NegativeLogLikelihood),
        new("conv-svdd", NetworkSpec.Parse("4x8-conv5-conv3-6-4"), 32, ModelKind.OneClass),
        new("conv-filtered", NetworkSpec.Parse("16x16-conv5-conv4-6"), 16 * 16, ModelKind.Reconstruction),
        new("conv-ae", NetworkSpec.Parse("8x4-conv5-conv3-17-5"), 32, ModelKind.Reconstruction),
    ];

    /// <summary>The problem's name, one word.</summary>
    public string Name { get; }

    /// <summary>The network and its loss.</summary>
    public Plan Plan { get; }

    /// <summary>Uniform data in batches of 32.</summary>
    public SessionSpec Spec { get; }

    /// <summary>What is trained: a soft boundary's radius moves in the second epoch.</summary>
    public static EpochRange Epochs { get; } = new(Round: 0, First: 0, Count: 2);

    /// <summary>The state before training.</summary>
    public ReplicaState Start { get; }

    /// <summary>Trains and scores.</summary>
    public float[] Scores(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        using ISession session = device.CreateSession(Plan, Spec);
        session.Import(0, Start);
        session.Train(Epochs, null, CancellationToken.None);
        session.Score();
        float[] scores = new float[Samples];
        session.ReadScores(0, scores);
        return scores;
    }

    private static float[] Uniform(int length, float bound)
    {
        float[] values = new float[length];
        new RandomSequence(Key, RandomPurpose.MemberRows, member: 0).FillUniform(values, bound);
        return values;
    }
}
