using IadNative.Compute;
using IadNative.Networks;

namespace IadNative.Tests.Networks;

public sealed class PlanBuilderTests
{
    [Test]
    public void An_autoencoder_mirrors_its_encoder_and_leaves_code_and_output_plain()
    {
        Plan plan = PlanBuilder.Build(new NetworkSpec(32, 16, 8), 36, LossKind.Reconstruction);
        DenseLayer[] layers = [.. plan.Step.OfType<DenseForward>().Select(dense => dense.Layer)];
        Assert.That(layers.Select(layer => (layer.Inputs, layer.Outputs)), Is.EqualTo(
            new[] { (36, 32), (32, 16), (16, 8), (8, 16), (16, 32), (32, 36) }));
        Assert.That(
            layers.Select(layer => layer.HasRelu && layer.Norm is not null),
            Is.EqualTo(new[] { true, true, false, true, true, false }));
        Assert.That(layers.Where(layer => !layer.HasRelu).Select(layer => layer.Norm), Has.All.Null);
        Assert.That(plan.CenterWidth, Is.Zero);
        Assert.That(plan.Parameters.Length, Is.EqualTo(2 * ((36 * 32) + (32 * 16) + (16 * 8))));
        Assert.That(plan.Statistics.Length, Is.EqualTo(2 * (32 + 16 + 16 + 32)));
    }

    [Test]
    public void Slots_follow_each_other_without_gaps_under_names_of_their_own()
    {
        var network = new NetworkSpec(7, 5, 3) { Affine = true, Bias = true };
        Plan plan = PlanBuilder.Build(network, 11, LossKind.Reconstruction);
        foreach (TensorLayout layout in new[] { plan.Parameters, plan.Statistics })
        {
            int next = 0;
            foreach (TensorSlot slot in layout.Slots)
            {
                Assert.That(slot.Offset, Is.EqualTo(next), slot.Name);
                next += slot.Length;
            }

            Assert.That(layout.Length, Is.EqualTo(next));
            Assert.That(layout.Slots.Select(slot => slot.Name), Is.Unique);
        }
    }

    [Test]
    public void Only_the_soft_boundary_moves_a_radius_and_only_svdd_has_a_center()
    {
        foreach (LossKind loss in Enum.GetValues<LossKind>())
        {
            Plan plan = PlanBuilder.Build(new NetworkSpec(4, 3), 5, loss);
            Assert.That(plan.Step.OfType<RadiusUpdate>().Any(), Is.EqualTo(loss == LossKind.SoftBoundary));
            Assert.That(plan.CenterWidth, Is.EqualTo(loss is LossKind.OneClass or LossKind.SoftBoundary ? 3 : 0));
        }
    }

    [Test]
    public void The_first_layer_asks_for_no_gradient_of_the_data()
    {
        Plan plan = PlanBuilder.Build(new NetworkSpec(4, 3), 5, LossKind.OneClass);
        Assert.That(plan.Step.OfType<DenseBackward>().Select(dense => dense.InputGradient is null), Is.EqualTo(new[] { false, true }));
    }
}
