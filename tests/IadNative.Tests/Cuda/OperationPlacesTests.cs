using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Models;

namespace IadNative.Tests.Cuda;

/// <summary>An operation that the engine does not know, or not there, is refused when a session is created, never skipped.</summary>
internal sealed class OperationPlacesTests
{
    private static readonly Plan s_plan = SmallPlans.Of(BaseModel.SoftBoundarySvdd);
    private static readonly PlanOperation s_unknown = new Unknown(), s_adam = new AdamStep();
    private static readonly PlanOperation s_mean = s_plan.RoundStart.Single();
    private static readonly SquaredDistance s_score = s_plan.Step.OfType<SquaredDistance>().Single();
    private static readonly SoftBoundaryLoss s_loss = s_plan.Step.OfType<SoftBoundaryLoss>().Single();
    private static readonly SquaredDistanceBackward s_gradient = s_plan.Step.OfType<SquaredDistanceBackward>().Single();
    private static readonly DenseBackward s_dense = s_plan.Step.OfType<DenseBackward>().First();
    private static readonly Activation s_nowhere = new("nowhere", 2);

    private static readonly TestCaseData[] s_refused =
    [
        Refused(s_plan with { Step = [.. s_plan.Step, s_unknown] }, "Unknown", "in a training step"),
        Refused(s_plan with { Step = [s_mean, .. s_plan.Step] }, "MeanOutput", "in a training step"),
        Refused(s_plan with { Step = Without(s_score) }, "SoftBoundaryLoss", "in a training step"),
        Refused(s_plan with { Step = Without(s_loss) }, "SquaredDistanceBackward", "in a training step behind the score"),
        Refused(s_plan with { Step = Without(s_gradient) }, "DenseBackward", "in a training step behind the score"),
        Refused(s_plan with { Step = [.. s_plan.Step.TakeWhile(operation => operation != s_loss)] }, "nothing", "behind the score"),
        Refused(
            s_plan with { Step = With(s_loss, s_loss with { Scores = s_nowhere }) }, "SoftBoundaryLoss", "behind the score"),
        Refused(
            s_plan with { Step = With(s_gradient, s_gradient with { ScoreGradient = s_nowhere }) }, "SquaredDistanceBackward",
            "behind the score"),
        Refused(s_plan with { Step = With(s_dense, s_dense with { Input = s_nowhere }) }, "nowhere"),
        Refused(
            s_plan with { Step = [.. s_plan.Step.Where(operation => operation is not DenseForward)] }, s_score.Output.Name),
        Refused(s_plan with { EpochEnd = [s_unknown] }, "Unknown", "at the end of an epoch"),
        Refused(s_plan with { EpochEnd = [s_adam] }, "AdamStep", "at the end of an epoch"),
        Refused(s_plan with { EpochEnd = [s_plan.Step[0]] }, "GatherBatch", "at the end of an epoch"),
        Refused(s_plan with { Scoring = [s_unknown, .. s_plan.Scoring] }, "Unknown", "in scoring"),
        Refused(s_plan with { Scoring = [.. s_plan.Scoring.SkipLast(1), s_adam, s_plan.Scoring[^1]] }, "AdamStep", "in scoring"),
        Refused(s_plan with { Scoring = [.. s_plan.Scoring, s_loss] }, "SoftBoundaryLoss", "in scoring"),
        Refused(s_plan with { Scoring = [.. s_plan.Scoring.SkipLast(1)] }, "DenseForward", "as the last of scoring"),
        Refused(s_plan with { Scores = s_nowhere }, "SquaredDistance", "in scoring"),
        Refused(s_plan with { RoundStart = [s_unknown] }, "Unknown", "at the start of a round"),
        Refused(s_plan with { RoundStart = [s_mean, s_adam] }, "AdamStep", "at the start of a round"),
        Refused(s_plan with { RoundStart = [((MeanOutput)s_mean) with { Output = s_nowhere }] }, "nowhere"),
    ];

    [TestCaseSource(nameof(s_refused))]
    public void What_has_no_sense_is_refused_by_name_and_place(Plan plan, string[] words)
    {
        using var driver = new FaultyDriver(new MemoryDriver());
        var device = new CudaDevice(driver);
        var refusal = Assert.Throws<NotSupportedException>(() => device.CreateSession(plan, SmallPlans.Session))!;
        foreach (string word in words) Assert.That(refusal.Message, Does.Contain(word));
        Assert.That(driver.Calls, Is.Empty, "nothing is compiled or allocated for it");
    }

    [Test]
    public void The_radius_may_be_set_after_each_step_or_at_the_end_of_an_epoch()
    {
        PlanOperation[] update = [.. s_plan.Step.Concat(s_plan.EpochEnd).Where(operation => operation is RadiusUpdate)];
        PlanOperation[] step = [.. s_plan.Step.Where(operation => operation is not RadiusUpdate)];
        Assert.That(update, Has.Length.EqualTo(1));
        foreach (Plan plan in (Plan[])
            [s_plan with { Step = [.. step, .. update], EpochEnd = [] }, s_plan with { Step = step, EpochEnd = update }])
        {
            using var driver = new MemoryDriver();
            new CudaDevice(driver) { UseFusion = false }.CreateSession(plan, SmallPlans.Session).Dispose();
            Assert.That(driver.LoadedFiles, Does.Contain("radius.cu"));
        }
    }

    private static TestCaseData Refused(Plan plan, params string[] words) =>
        new TestCaseData(plan, words).SetArgDisplayNames(string.Join(", ", words));

    private static PlanOperation[] Without(PlanOperation gone) => [.. s_plan.Step.Where(operation => operation != gone)];

    private static PlanOperation[] With(PlanOperation old, PlanOperation replacement) =>
        [.. s_plan.Step.Select(operation => operation == old ? replacement : operation)];

    private sealed record Unknown : PlanOperation
    {
        public override IEnumerable<Activation> Writes => [];
    }
}
