using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Compute.Cpu;

/// <summary>An operation that the engine does not know, or not where it stands, is refused before anything runs.</summary>
internal sealed class RefusedOperationTests
{
    private const int Features = 3;

    private static readonly Activation s_other = new("other", 2);
    private static readonly Plan s_svdd = PlanOf(BaseModel.OneClassSvdd);
    private static readonly Plan s_flow = PlanOf(BaseModel.MaskedAutoregressiveFlow);

    private static IEnumerable<TestCaseData> Places =>
    [
        Case("Step", "in a training step", (plan, operation) => plan with { Step = [.. plan.Step, operation] }),
        Case("EpochEnd", "at the end of an epoch", (plan, operation) => plan with { EpochEnd = [operation] }),
        Case("Scoring", "in scoring", (plan, operation) => plan with { Scoring = [.. plan.Scoring, operation] }),
        Case("RoundStart", "at the start of a round", (plan, operation) => plan with { RoundStart = [.. plan.RoundStart, operation] }),
    ];

    private static IEnumerable<TestCaseData> OutOfPlace
    {
        get
        {
            var center = (MeanOutput)s_svdd.RoundStart[0];
            yield return Misplaced("in a training step", s_svdd with { Step = [.. s_svdd.Step, center] }, center);
            yield return Misplaced("in scoring", s_svdd with { Scoring = [.. s_svdd.Scoring, new AdamStep()] }, new AdamStep());
            foreach (PlanOperation operation in s_svdd.Step.DistinctBy(step => step.GetType()))
            {
                yield return Misplaced("at the end of an epoch", s_svdd with { EpochEnd = [operation] }, operation);
                yield return Misplaced("at the start of a round", s_svdd with { RoundStart = [operation] }, operation);
            }

            MeanOutput elsewhere = center with { Output = s_other };
            yield return Misplaced("at the start of a round", s_svdd with { RoundStart = [elsewhere] }, elsewhere);

            // In training, these are computed with a neighbour or not at all.
            foreach (PlanOperation operation in s_flow.Step.Where(step => step is AffineForward or AffineBackward or MaskGradient)
                .DistinctBy(step => step.GetType()))
            {
                Plan alone = s_flow with { Step = [s_flow.Step[0], operation, s_flow.Step[0]] };
                yield return Misplaced("in a training step", alone, operation);
            }
        }
    }

    [TestCaseSource(nameof(Places))]
    public void An_unknown_operation_is_refused(string place, Func<Plan, PlanOperation, Plan> put)
    {
        foreach (Plan plan in new[] { s_svdd, s_flow })
        {
            using (Create(plan))
            {
            }

            Assert.That(
                () => Create(put(plan, new UnknownOperation())),
                Throws.InstanceOf<NotSupportedException>().With.Message.Contains(nameof(UnknownOperation))
                    .And.Message.Contains(place));
        }
    }

    [TestCaseSource(nameof(OutOfPlace))]
    public void An_operation_out_of_place_is_refused(string place, Plan plan, string operation) => Assert.That(
        () => Create(plan),
        Throws.InstanceOf<NotSupportedException>().With.Message.Contains(operation).And.Message.Contains(place));

    [Test]
    public void A_detector_cannot_score_what_no_session_could() => Assert.That(
        () => CpuScorer.Create(s_svdd with { Scoring = [.. s_svdd.Scoring, new UnknownOperation()] }),
        Throws.InstanceOf<NotSupportedException>().With.Message.Contains(nameof(UnknownOperation)));

    [Test]
    public void Scoring_that_reads_what_nothing_has_written_is_refused()
    {
        Plan torn = s_svdd with { Scoring = [.. s_svdd.Scoring.Where((_, i) => i != 1)] };
        Assert.That(() => Create(torn), Throws.ArgumentException.With.Message.Contains("before it is read"));
        Plan scoreless = s_svdd with { Scoring = [.. s_svdd.Scoring.SkipLast(1)] };
        Assert.That(() => Create(scoreless), Throws.ArgumentException.With.Message.Contains(s_svdd.Scores.Name));
    }

    private static TestCaseData Case(string name, string place, Func<Plan, PlanOperation, Plan> put) =>
        new TestCaseData(place, put).SetArgDisplayNames(name);

    private static TestCaseData Misplaced(string place, Plan plan, PlanOperation operation) =>
        new TestCaseData(place, plan, operation.GetType().Name).SetArgDisplayNames(operation.GetType().Name, place);

    private static Plan PlanOf(BaseModel model) => model.WritePlan(new NetworkSpec(4, 2), Features, epochs: 1);

    private static ISession Create(Plan plan) => new CpuDevice(threads: 2).CreateSession(plan, new SessionSpec
    {
        Data = new float[4 * Features],
        Scaler = new FeatureScaler(new float[Features], new float[Features]),
        Replicas = [new ReplicaSpec(Key: 0, Member: 0, Rows: [0, 1, 2, 3])],
        BatchSize = 2,
        LearningRate = 1e-3,
    });

    private sealed record UnknownOperation : PlanOperation
    {
        public override IEnumerable<Activation> Writes => [];
    }
}
