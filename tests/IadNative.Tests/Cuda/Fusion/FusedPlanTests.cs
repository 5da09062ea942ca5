using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Fusion;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cuda.Fusion;

/// <summary>Which training steps become one kernel, and which do not.</summary>
internal sealed class FusedPlanTests
{
    private const int Hopper = 227 << 10, Ampere = 163 << 10, Ada = 99 << 10, Any = 48 << 10;

    private static readonly string[] s_fused = ["svdd", "svdd-soft", "ae", "maf"];

    [Test]
    public void Chains_and_flows_are_fused_and_no_other_model(
        [ValueSource(typeof(SmallPlans), nameof(SmallPlans.Models))] BaseModel model) =>
        Assert.That(Shape(SmallPlans.Of(model)) is not null, Is.EqualTo(s_fused.Contains(model.Name)));

    // The networks of the tables, at the sizes of shared memory that devices have.
    [TestCase("svdd", 36, "32-16-8", 128, Ada, true)]
    [TestCase("svdd", 36, "32-16-8", 128, Any, false)]
    [TestCase("svdd", 36, "32-16-8", 32, Any, true)]
    [TestCase("svdd", 200, "32-16-8", 128, Hopper, true)]
    [TestCase("svdd", 400, "32-16-8", 128, Hopper, false)]
    [TestCase("svdd-soft", 36, "32-16-8", 129, Ada, true)]
    [TestCase("ae", 36, "32-16-8", 128, Ampere, true)]
    [TestCase("ae", 36, "32-16-8", 128, Ada, false)]
    [TestCase("ae", 36, "32-16-8", 257, Hopper, false)]
    [TestCase("maf", 36, "32-32", 128, Hopper, true)]
    [TestCase("maf", 36, "32-32", 128, Ampere, false)]
    [TestCase("maf", 9, "32-32", 128, Ampere, true)]
    [TestCase("maf", 65, "8", 16, Hopper, false)]
    [TestCase("svdd", 36, "65-8", 16, Hopper, false)]
    [TestCase("svdd", 36, "64-32-16", 128, Hopper, true)]
    public void A_network_is_fused_where_a_block_holds_it(
        string model, int features, string network, int batch, int sharedBytes, bool fused) =>
        Assert.That(Shape(PlanOf(model, features, network), batch, sharedBytes) is not null, Is.EqualTo(fused));

    [Test]
    public void The_default_batch_of_256_with_one_sample_more_is_the_largest()
    {
        Plan plan = PlanOf("svdd", 9, "8-4");
        Assert.That(Shape(plan, 257), Is.Not.Null);
        Assert.That(Shape(plan, 258), Is.Null);
    }

    [Test]
    public void A_step_that_is_another_is_left_alone()
    {
        Plan plan = PlanOf("svdd-soft", 5, "4-2");
        Assert.That(DenseChain.In(plan), Is.Not.Null);
        PlanOperation update = plan.Step.OfType<RadiusUpdate>().Single();
        foreach (Plan other in (Plan[])
        [
            plan with { Step = [.. plan.Step.Where(operation => operation != update)] },
            plan with { Step = [.. plan.Step.Where(operation => operation != update)], EpochEnd = [update] },
            plan with { Step = [.. plan.Step.Select(operation => operation is AdamStep ? new AdamStep(Factor: 2) : operation)] },
            plan with { Step = [.. plan.Step.Where(operation => operation is not DenseBackward)] },
            plan with { Step = [.. plan.Step, new AdamStep()] },
            plan with
            {
                Step =
                [
                    .. plan.Step.Select(operation => operation is SquaredDistance distance ? distance with { IsRoot = true } : operation),
                ],
            },
        ])
        {
            Assert.That(DenseChain.In(other), Is.Null);
        }

        Plan flow = PlanOf("maf", 5, "4-3");
        Assert.That(MaskedFlow.In(flow), Is.Not.Null);
        Assert.That(MaskedFlow.In(plan), Is.Null);
        Assert.That(DenseChain.In(flow), Is.Null);
        foreach (Plan other in (Plan[])
        [
            flow with { Step = [.. flow.Step.Where(operation => operation is not MaskGradient)] },
            flow with { Step = [.. flow.Step.Where(operation => operation is not FlowNormForward)] },
            flow with { Step = [.. flow.Step.Select(operation => operation is AdamStep ? new AdamStep(Moments: 1) : operation)] },
        ])
        {
            Assert.That(MaskedFlow.In(other), Is.Null);
        }
    }

    [Test]
    public void Every_sum_of_a_weights_gradient_has_one_owner_and_tiles_cover_what_they_must(
        [Values(1, 3, 17, 36, 64)] int outputs, [Values(1, 5, 36, 64, 200)] int inputs, [Values(4, 128, 260)] int rows)
    {
        var tiling = new BlockTiling(BlockShape.AllThreads, rows);
        OutputTile tile = tiling.TileOf(outputs, inputs);
        Assert.That(tile.Width, Is.GreaterThanOrEqualTo(outputs));
        Assert.That(BlockShape.AllThreads / tile.Groups * tile.Rows, Is.GreaterThanOrEqualTo(rows));
        SharedProduct product = BlockTiling.ProductOf(tile, inputs);
        Assert.That(tile.Groups % product.Split, Is.Zero);
        Assert.That(product.Stride, Is.GreaterThanOrEqualTo(tile.Width).And.Matches<int>(stride => stride % 4 == 0));
        GradientTile gradient = tiling.GradientOf(outputs, inputs);
        int tiles = BlockTiling.Up(outputs, gradient.Rows) / gradient.Rows * (BlockTiling.Up(inputs, gradient.Columns) / gradient.Columns);
        int passes = BlockTiling.Up(tiles * gradient.Split, BlockShape.AllThreads) / BlockShape.AllThreads;
        Assert.That(gradient.Split, Is.LessThanOrEqualTo(BlockTiling.Lanes));
        Assert.That(gradient.Owned * gradient.Split, Is.GreaterThanOrEqualTo(passes * gradient.Rows * gradient.Columns));
    }

    private static Plan PlanOf(string model, int features, string network) =>
        BaseModel.All.Single(one => one.Name == model).WritePlan(NetworkSpec.Parse(network), features, epochs: 2);

    private static BlockShape? Shape(Plan plan, int batch = 4, int sharedBytes = Hopper)
    {
        using var driver = new MemoryDriver();
        SessionSpec spec = SmallPlans.Session with
        {
            Data = new float[2 * plan.Features],
            Scaler = new(new float[plan.Features], new float[plan.Features]),
            Replicas = [new ReplicaSpec(0, 0, [0, 1])],
        };
        var arena = new DeviceArena(driver, isolate: false);
        return FusedEpoch.Of(plan, new CudaState(driver, plan, spec, arena), batch, sharedBytes)?.Shape;
    }
}
