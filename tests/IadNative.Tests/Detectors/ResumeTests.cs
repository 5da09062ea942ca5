using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Detectors;

public sealed class ResumeTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 101);

    [Test]
    public void Saving_after_some_epochs_and_training_on_equals_training_through([Values] ModelKind loss,
        [Values(1, 4, 7)] int saved)
    {
        const int epochs = 8, round = 3;
        Plan plan = ModelPlans.Build(new NetworkSpec(9, 5, 3) { Bias = true, Affine = true }, s_data.Columns, loss);
        using ISession through = Session(plan), first = Session(plan), second = Session(plan);
        ReplicaState start = NetworkInitializer.Fresh(plan, 5, 0, round), checkpoint = new(plan);
        foreach (ISession session in (ISession[])[through, first])
        {
            session.Import(0, start);
            session.BeginRound();
            SetWeights(session);
        }

        through.Train(new EpochRange(round, 0, epochs), null, CancellationToken.None);
        first.Train(new EpochRange(round, 0, saved), null, CancellationToken.None);
        first.Export(0, checkpoint);
        first.Train(new EpochRange(round, saved, epochs - saved), null, CancellationToken.None);
        second.Import(0, checkpoint);
        SetWeights(second);
        second.Train(new EpochRange(round, saved, epochs - saved), null, CancellationToken.None);

        AssertSame(first, through, plan);
        AssertSame(second, through, plan);
        Assert.That(checkpoint.Steps, Is.EqualTo(saved * 4), "batches of 32, 32, 32 and 5");
        Assert.That(State(through, plan).Steps, Is.EqualTo(epochs * 4));
        Assert.That(State(through, plan).Radius > 0, Is.EqualTo(loss == ModelKind.SoftBoundary));
        Assert.That(second.Outcome(0), Is.EqualTo(through.Outcome(0)));
    }

    private static ISession Session(Plan plan) => new CpuDevice(1).CreateSession(plan, new SessionSpec
    {
        Data = s_data.Values,
        Scaler = FeatureScaler.Fit(s_data),
        Replicas = [new ReplicaSpec(5, 0, MemberRows.Draw(5, 0, 1, s_data.Rows))],
        BatchSize = 32,
        LearningRate = 1e-2,
        WeightDecay = 1e-3,
    });

    private static void SetWeights(ISession session) =>
        session.SetImportanceWeights(0, [.. Enumerable.Range(0, s_data.Rows).Select(i => i / (float)s_data.Rows)]);

    private static ReplicaState State(ISession session, Plan plan)
    {
        var state = new ReplicaState(plan);
        session.Export(0, state);
        return state;
    }

    private static void AssertSame(ISession actual, ISession expected, Plan plan)
    {
        ReplicaState a = State(actual, plan), b = State(expected, plan);
        Assert.That(a.Parameters, Is.EqualTo(b.Parameters));
        Assert.That(a.FirstMoment, Is.EqualTo(b.FirstMoment));
        Assert.That(a.SecondMoment, Is.EqualTo(b.SecondMoment));
        Assert.That(a.Statistics, Is.EqualTo(b.Statistics));
        Assert.That(a.Center, Is.EqualTo(b.Center));
        Assert.That((a.Radius, a.Steps), Is.EqualTo((b.Radius, b.Steps)));
        float[] one = new float[s_data.Rows], other = new float[s_data.Rows];
        actual.Score();
        actual.ReadScores(0, one);
        expected.Score();
        expected.ReadScores(0, other);
        Assert.That(one, Is.EqualTo(other).And.Not.Contains(float.NaN));
    }
}
