using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>Passes over more rows than a chunk holds: what is recorded of them, and what comes out.</summary>
internal sealed class RecordedPassTests
{
    private const int Chunk = CudaPassWalk.SmallestChunk;

    private static readonly EpochRange s_epoch = new(Round: 0, First: 0, Count: 1);

    [Test]
    public void What_is_recorded_does_not_grow_with_rows(
        [ValueSource(typeof(SmallPlans), nameof(SmallPlans.Models))] BaseModel model)
    {
        Plan plan = SmallPlans.Of(model);
        (int one, int replaysOfOne) = Recorded(Chunk);
        (int three, _) = Recorded((2 * Chunk) + 1);
        (int many, int replays) = Recorded(100 * Chunk);
        Assert.That(one, Is.Positive);
        Assert.That(three, Is.GreaterThan(one).And.LessThanOrEqualTo(3 * one));
        Assert.That(many, Is.EqualTo(three));

        // All but the epoch, which is one replay in either case, is a replay a chunk.
        int epochs = plan.Fit is null ? 1 : 0;
        Assert.That(replays - epochs, Is.EqualTo(100 * (replaysOfOne - epochs)));

        // Nodes recorded while everything runs a third time, and the replays of the third time alone.
        (int Nodes, int Replays) Recorded(int rows)
        {
            using var driver = new FaultyDriver(new MemoryDriver(1 << 24));
            using ISession session = new CudaDevice(driver) { ChunkBytes = 1, UseFusion = false }.CreateSession(plan, SmallPlans.Session with
            {
                Data = new float[rows * SmallPlans.Features],
                Replicas = [new ReplicaSpec(0, 0, [.. Enumerable.Range(0, rows)])],
                BatchSize = rows,
            });
            for (int time = 0; time < 2; time++) Run(session);
            int queued = driver.Calls.Count;
            Run(session);
            return (driver.Recorded, driver.Calls.Skip(queued).Count(call => call == DriverCall.Replay));
        }
    }

    [Test, Category("Emulator"), Category("Slow")]
    public void Chunks_have_the_bits_of_plain_launches_and_scores_those_of_all_rows_together(
        [ValueSource(typeof(SmallPlans), nameof(SmallPlans.Models))] BaseModel model,
        [Values(Chunk, Chunk + 1, (2 * Chunk) + 22)] int rows) =>
        AssertSame(SmallPlans.Of(model), rows, SmallPlans.Features);

    [Test, Category("Emulator"), Category("Slow")]
    public void Chunks_of_images_have_the_bits_of_plain_launches([Values(ModelKind.OneClass, ModelKind.Reconstruction)] ModelKind kind) =>
        AssertSame(ModelPlans.Build(NetworkSpec.Parse("4x8-conv2-conv3-3"), 32, kind), Chunk + 5, 32);

    // Three replicas, of which each trains on all rows but one, in an order of its own.
    private static void AssertSame(Plan plan, int rows, int features)
    {
        ClangCompiler.IgnoreIfMissing();
        var random = new System.Random(rows);
        SessionSpec spec = SmallPlans.Session with
        {
            Data = Problem.Values(rows * features, () => Problem.Gauss(random)),
            Scaler = new FeatureScaler(new float[features], [.. Enumerable.Repeat(1f, features)]),
            Replicas = [.. Enumerable.Range(0, 3).Select(replica =>
            {
                int[] order = [.. Enumerable.Range(0, rows)];
                random.Shuffle(order);
                return new ReplicaSpec((ulong)replica, replica, order[1..]);
            })],
            BatchSize = 50,
        };
        (float[] recorded, float[] scores) = Results(useGraphs: true, chunkBytes: 1);
        Assert.That(recorded, Has.None.NaN);
        Assert.That(recorded.AsSpan().SequenceEqual(Results(useGraphs: false, chunkBytes: 1).All), Is.True);
        Assert.That(scores.AsSpan().SequenceEqual(Results(useGraphs: true, chunkBytes: long.MaxValue).Scores), Is.True);

        // After each of three rounds, of which the first is launched and the others replayed, all scores and the state of every replica;
        // and the scores that fresh networks give.
        (float[] All, float[] Scores) Results(bool useGraphs, long chunkBytes)
        {
            using var driver = new EmulatedCudaDriver(new());
            var device = new CudaDevice(driver) { UseGraphs = useGraphs, ChunkBytes = chunkBytes, IsolateBuffers = true };
            using ISession session = device.CreateSession(plan, spec);
            var all = new List<float>();
            session.Initialize(0);
            for (int round = 0; round < 3; round++)
            {
                Run(session);
                all.AddRange(AllScores(session));
                for (int replica = 0; replica < 3; replica++)
                {
                    var state = new ReplicaState(plan);
                    session.Export(replica, state);
                    all.AddRange([.. state.Parameters, .. state.Statistics, .. state.State]);
                }
            }

            session.Initialize(1);
            session.Score();
            return ([.. all], AllScores(session));
        }

        float[] AllScores(ISession session)
        {
            float[] scores = new float[3 * rows];
            for (int replica = 0; replica < 3; replica++) session.ReadScores(replica, scores.AsSpan(replica * rows, rows));
            return scores;
        }
    }

    private static void Run(ISession session)
    {
        session.BeginRound();
        session.Train(s_epoch, null, CancellationToken.None);
        session.Score();
    }
}
