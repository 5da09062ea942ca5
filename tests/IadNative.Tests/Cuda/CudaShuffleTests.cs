using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Random;
using IadNative.Tests.Cuda.Kernels;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>The order of an epoch's samples, index by index that of the CPU.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.FastFixtures))]
internal sealed class CudaShuffleTests(Func<ICudaDriver> open)
{
    [Test]
    public void Every_replica_sees_its_own_rows_in_the_order_of_the_cpu([Values(2, 37, 1000, 12_000)] int samples, [Values(1, 3)] int members)
    {
        using ICudaDriver driver = open();
        using var arena = new DeviceArena(driver, isolate: true);
        var spec = new SessionSpec
        {
            Data = new float[samples],
            Scaler = new IadNative.Data.FeatureScaler([0], [1]),
            Replicas = [.. Enumerable.Range(0, members).Select(m => new ReplicaSpec(99, m, MemberRows.Draw(99, m, members, samples)))],
            BatchSize = 2,
            LearningRate = 0,
            Shuffle = RandomPurpose.PretrainShuffle,
        };
        var state = new CudaState(driver, ModelPlans.Build(new NetworkSpec(2), 1, ModelKind.OneClass), spec, arena);
        var kernels = new DeviceKernels(driver);
        var shuffle = new CudaShuffle(driver, kernels, spec, state, arena);
        kernels.Load();
        arena.Allocate();
        state.Upload(spec);
        int rows = state.RowsPerReplica;
        var permutation = new Permutation(rows);
        foreach ((int round, int epoch) in ((int, int)[])[(0, 0), (0, 1), (7, 65_535)])
        {
            state.Write<CursorRecord>(state.Cursor, 0, [new CursorRecord { Round = round, Epoch = epoch }]);
            shuffle.Draw();
            int[] order = driver.Download<int>(shuffle.Order.Address, rows * members);
            for (int member = 0; member < members; member++)
            {
                int[] own = spec.Replicas[member].Rows;
                int[] expected =
                    [.. permutation.Draw(new RandomSequence(99, spec.Shuffle, member, round, epoch)).ToArray().Select(i => own[i])];
                if (!order.AsSpan(member * rows, rows).SequenceEqual(expected)) Assert.Fail($"member {member}, round {round}, epoch {epoch}");
            }
        }
    }
}
