using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Random;

namespace IadNative.Tests.Compute;

/// <summary>What engines would address with unchecked pointers is checked once a session.</summary>
public sealed class SessionSpecTests
{
    private static readonly Plan s_plan = BaseModel.OneClassSvdd.WritePlan(new NetworkSpec(4, 2), 3, epochs: 1);

    private static SessionSpec Sound => new()
    {
        Data = new float[10 * 3],
        Scaler = new FeatureScaler(new float[3], [1, 1, 1]),
        Replicas = [new ReplicaSpec(0, 0, [0, 1, 9]), new ReplicaSpec(0, 1, [3, 3, 2])],
        BatchSize = 2,
        LearningRate = 0.1,
    };

    private static IEnumerable<(string Name, SessionSpec Spec)> Unsound()
    {
        yield return Case("a row behind the data", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, 1, 10])] });
        yield return Case("a row far behind the data", Sound with { Replicas = [new ReplicaSpec(0, 0, [int.MaxValue, 1, 1])] });
        yield return Case("a row before the data", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, -1, 2])] });
        yield return Case("no rows", Sound with { Replicas = [new ReplicaSpec(0, 0, [])] });
        yield return Case("other numbers of rows", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, 1]), new ReplicaSpec(0, 1, [0])] });
        yield return Case("no replica", Sound with { Replicas = [] });
        yield return Case("half a row of data", Sound with { Data = new float[10 * 3 - 1] });
        yield return Case("no data", Sound with { Data = (float[])[] });
        yield return Case("no features", Sound with { Scaler = new FeatureScaler([], []) });
        yield return Case("more features than the plan", Sound with { Scaler = new FeatureScaler(new float[5], new float[5]) });
        yield return Case("a column behind the row", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, 1], [0, 1, 3])] });
        yield return Case("a column before the row", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, 1], [0, -1, 2])] });
        yield return Case("too few columns", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, 1], [0, 1])] });
        yield return Case("columns for one alone", Sound with { Replicas = [new ReplicaSpec(0, 0, [0, 1], [0, 1, 2]), new ReplicaSpec(0, 1, [0, 1])] });
        yield return Case("no batch", Sound with { BatchSize = 0 });

        static (string, SessionSpec) Case(string name, SessionSpec spec) => (name, spec);
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.Alone))]
    public void What_is_not_there_is_refused_instead_of_read(object device)
    {
        ((IDevice)device).CreateSession(s_plan, Sound).Dispose(); // or there is no such device here
        foreach ((string name, SessionSpec spec) in Unsound())
            Assert.That(() => ((IDevice)device).CreateSession(s_plan, spec), Throws.InstanceOf<ArgumentException>(), name);
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.Alone))]
    public void Rows_that_go_in_parts_give_the_same_bits(object device)
    {
        var random = new System.Random(2);
        SessionSpec all = Sound with { Data = (float[])[.. Enumerable.Range(0, 10 * 3).Select(_ => (float)random.NextDouble())] };
        Assert.That(Scores(all with { RowsAtOnce = 3 }), Is.EqualTo(Scores(all)).And.Unique);

        float[] Scores(SessionSpec spec)
        {
            using ISession session = ((IDevice)device).CreateSession(s_plan, spec);
            session.Initialize(0);
            session.BeginRound();
            session.Train(new EpochRange(0, 0, 2), null, CancellationToken.None);
            session.Score();
            float[] scores = new float[10];
            session.ReadScores(1, scores);
            return scores;
        }
    }

    [Test]
    public void A_sound_session_trains_and_takes_weights_of_its_samples_alone()
    {
        using ISession session = new CpuDevice(1).CreateSession(s_plan, Sound);
        session.Initialize(0);
        session.BeginRound();
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        Assert.That(float.IsFinite((float)session.Outcome(0).Loss));
        Assert.That(() => session.SetImportanceWeights(0, new float[9]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => session.SetImportanceWeights(0, new float[11]), Throws.InstanceOf<ArgumentException>());
    }
}
