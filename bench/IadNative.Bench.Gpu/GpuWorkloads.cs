using System.Text.Json.Serialization;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Bench.Gpu;

/// <summary>A model on data of its usual shape. The data is random: speed does not depend on it.</summary>
/// <param name="Name">The same as in bench/pytorch/peers.py.</param>
/// <param name="Title">For the report.</param>
/// <param name="Network">With SPEC's defaults.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="Rows">n.</param>
/// <param name="Features">d.</param>
/// <param name="BatchSize">Samples per step.</param>
[JsonConverter(typeof(GpuWorkloadName))]
internal sealed record GpuWorkload(string Name, string Title, NetworkSpec Network, BaseModel Model, int Rows, int Features, int BatchSize)
{
    /// <summary>What a device compiles.</summary>
    public Plan Plan => Model.WritePlan(Network, Features, Model.DefaultEpochs);

    /// <summary>Steps of an epoch.</summary>
    public int Steps => new BatchSchedule(Rows, BatchSize).Count;

    /// <summary>So many networks of different seeds on all rows.</summary>
    public SessionSpec Session(int replicas)
    {
        var random = new System.Random(1);
        float[] values = new float[Rows * Features];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle();
        int[] rows = [.. Enumerable.Range(0, Rows)];
        float[] offset = new float[Features];
        float[] scale = new float[Features];
        Array.Fill(offset, 0.5f);
        Array.Fill(scale, Network.Convolutions.Count > 0 ? 1f : 3.46f);
        return new SessionSpec
        {
            Data = values,
            Scaler = new FeatureScaler(offset, scale),
            Replicas = [.. Enumerable.Range(0, replicas).Select(seed => new ReplicaSpec((ulong)seed, Member: 0, rows))],
            BatchSize = BatchSize,
            LearningRate = 1e-4,
        };
    }
}

/// <summary>What is measured.</summary>
internal static class GpuWorkloads
{
    public static IReadOnlyList<GpuWorkload> All { get; } =
    [
        Table("svdd", "Deep SVDD 36-32-16-8", BaseModel.OneClassSvdd, new NetworkSpec(32, 16, 8)),
        Table("svdd-soft", "soft-boundary SVDD 36-32-16-8", BaseModel.SoftBoundarySvdd, new NetworkSpec(32, 16, 8)),
        Table("ae", "autoencoder 36-32-16-8", BaseModel.Autoencoder, new NetworkSpec(32, 16, 8)),
        Table("maf36", "MAF d = 36", BaseModel.MaskedAutoregressiveFlow, new(32, 32)),
        Images("maf784", "MAF d = 784", BaseModel.MaskedAutoregressiveFlow, new(32, 32)),
        Images("lenet", "LeNet SVDD (8/4)", BaseModel.OneClassSvdd, NetworkSpec.LeNetMnist),
        Images("lenet-ae", "LeNet autoencoder (8/4)", BaseModel.Autoencoder, NetworkSpec.LeNetMnist),
        Images("fmnist", "LeNet SVDD (16/32)", BaseModel.OneClassSvdd, NetworkSpec.LeNetFashionMnist),
        Images("fmnist-ae", "LeNet autoencoder (16/32)", BaseModel.Autoencoder, NetworkSpec.LeNetFashionMnist),
    ];

    private static GpuWorkload Table(string name, string title, BaseModel model, NetworkSpec network) =>
        new(name, $"{title}, b 128", network, model, 6_435, 36, 128);

    private static GpuWorkload Images(string name, string title, BaseModel model, NetworkSpec network) =>
        new(name, $"{title}, b 200", network, model, 7_400, 784, 200);
}
