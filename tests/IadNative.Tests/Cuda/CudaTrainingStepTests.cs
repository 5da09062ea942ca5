using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cuda;

/// <summary>What a training step is on the device.</summary>
internal sealed class CudaTrainingStepTests
{
    private static readonly TestCaseData[] s_steps =
    [
        new(BaseModel.OneClassSvdd, new NetworkSpec(32, 16, 8), 17),
        new(BaseModel.Autoencoder, new NetworkSpec(32, 16, 8), 31),
        new(BaseModel.MaskedAutoregressiveFlow, new NetworkSpec(32, 32), 104),
    ];

    // What a replayed node costs the device is the same for a large kernel and a tiny one, and most of these are tiny.
    [TestCaseSource(nameof(s_steps))]
    public void A_step_of_36_features_takes_no_more_nodes_than_this(BaseModel model, NetworkSpec network, int nodes)
    {
        const int features = 36, batch = 128;
        Plan plan = model.WritePlan(network.On(model)!, features, epochs: 2);
        Assert.That(Recorded(3, useFusion: false) - Recorded(2, useFusion: false), Is.EqualTo(nodes));
        Assert.That(Recorded(3, useFusion: true) - Recorded(2, useFusion: true), Is.Zero, "an epoch is a node, however many steps it has");

        int Recorded(int batches, bool useFusion)
        {
            using var driver = new FaultyDriver(new MemoryDriver(1 << 26));
            using ISession session = new CudaDevice(driver) { UseFusion = useFusion }.CreateSession(plan, SmallPlans.Session with
            {
                Data = new float[batches * batch * features],
                Replicas = [new ReplicaSpec(0, 0, [.. Enumerable.Range(0, batches * batch)])],
                Scaler = new(new float[features], new float[features]),
                BatchSize = batch,
            });
            session.Train(new EpochRange(Round: 0, First: 0, Count: 2), null, CancellationToken.None);
            return driver.Recorded;
        }
    }
}
