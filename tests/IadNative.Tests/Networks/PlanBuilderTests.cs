using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Networks;

public sealed class PlanBuilderTests
{
    [Test]
    public void An_autoencoder_mirrors_its_encoder_and_leaves_code_and_output_plain()
    {
        Plan plan = ModelPlans.Build(new NetworkSpec(32, 16, 8), 36, ModelKind.Reconstruction);
        DenseLayer[] layers = [.. plan.Step.OfType<DenseForward>().Select(dense => dense.Layer)];
        Assert.That(layers.Select(layer => (layer.Inputs, layer.Outputs)), Is.EqualTo(
            new[] { (36, 32), (32, 16), (16, 8), (8, 16), (16, 32), (32, 36) }));
        Assert.That(
            layers.Select(layer => layer.HasRelu && layer.Norm is not null),
            Is.EqualTo(new[] { true, true, false, true, true, false }));
        Assert.That(layers.Where(layer => !layer.HasRelu).Select(layer => layer.Norm), Has.All.Null);
        Assert.That(plan.State.Slots, Is.Empty);
        Assert.That(plan.Parameters.Length, Is.EqualTo(2 * ((36 * 32) + (32 * 16) + (16 * 8))));
        Assert.That(plan.Statistics.Length, Is.EqualTo(2 * (32 + 16 + 16 + 32)));
    }

    [Test]
    public void The_network_of_mnist_is_that_of_the_paper_and_its_decoder_mirrors_it()
    {
        Plan plan = ModelPlans.Build(NetworkSpec.LeNetMnist, 784, ModelKind.Reconstruction);
        Assert.That(plan.Step.SelectMany(Describe), Is.EqualTo(new[]
        {
            "encoder.0: 1 > 8 of 28x28, pool, norm, relu", "encoder.1: 8 > 4 of 14x14, pool, norm, relu", "encoder.2: 196 > 32",
            "decoder.0: 32 > 196, norm, relu", "decoder.1: upsample, 4 > 8 of 14x14, norm, relu",
            "decoder.2: upsample, 8 > 1 of 28x28",
        }));
        Assert.That(plan.Output.Width, Is.EqualTo(784));
        Assert.That(plan.Parameters.Length, Is.EqualTo((25 * (8 + (8 * 4) + (4 * 8) + 8)) + (2 * 196 * 32)));
        Assert.That(plan.Statistics.Length, Is.EqualTo(2 * (8 + 4 + 196 + 8)));
    }

    [Test]
    public void The_network_of_fashion_mnist_has_a_dense_layer_before_its_code()
    {
        Plan plan = ModelPlans.Build(NetworkSpec.LeNetFashionMnist, 784, ModelKind.Reconstruction);
        Assert.That(plan.Step.SelectMany(Describe), Is.EqualTo(new[]
        {
            "encoder.0: 1 > 16 of 28x28, pool, norm, relu", "encoder.1: 16 > 32 of 14x14, pool, norm, relu",
            "encoder.2: 1568 > 128, norm, relu", "encoder.3: 128 > 64", "decoder.0: 64 > 128, norm, relu",
            "decoder.1: 128 > 1568, norm, relu", "decoder.2: upsample, 32 > 16 of 14x14, norm, relu",
            "decoder.3: upsample, 16 > 1 of 28x28",
        }));
        Plan encoder = ModelPlans.Build(NetworkSpec.LeNetFashionMnist, 784, ModelKind.OneClass);
        Assert.That(encoder.Step.SelectMany(Describe), Is.EqualTo(plan.Step.SelectMany(Describe).Take(4)));
        Assert.That(encoder.State.Find("center")!.Length, Is.EqualTo(64));
    }

    [Test]
    public void Every_layer_passes_its_gradient_to_the_one_before_but_for_the_first([Values] bool reconstruction)
    {
        NetworkSpec network = NetworkSpec.Parse("4x8-conv3-conv2-5-2") with { Affine = true, Bias = true };
        Plan plan = ModelPlans.Build(network, 32, reconstruction ? ModelKind.Reconstruction : ModelKind.OneClass);
        (Activation Input, Activation Output)[] forward = [.. plan.Step.Select(operation => operation switch
        {
            DenseForward dense => (dense.Input, dense.Output),
            ConvForward conv => (conv.Input, conv.Output),
            _ => ((Activation, Activation)?)null,
        }).OfType<(Activation, Activation)>()];
        (Activation Input, Activation Output, Activation Gradient, Activation? InputGradient)[] backward =
        [
            .. plan.Step.Select(operation => operation switch
            {
                DenseBackward dense => (dense.Input, dense.Output, dense.OutputGradient, dense.InputGradient),
                ConvBackward conv => (conv.Input, conv.Output, conv.OutputGradient, conv.InputGradient),
                _ => ((Activation, Activation, Activation, Activation?)?)null,
            }).OfType<(Activation, Activation, Activation, Activation?)>(),
        ];
        Assert.That(forward, Has.Length.EqualTo(reconstruction ? 8 : 4));
        Assert.That(backward.Select(layer => (layer.Input, layer.Output)), Is.EqualTo(forward.Reverse()));
        Assert.That(plan.Step.Select(GradientOfScore).OfType<Activation>().Single(), Is.EqualTo(backward[0].Gradient));
        Assert.That(
            backward.SkipLast(1).Select(layer => layer.InputGradient), Is.EqualTo(backward.Skip(1).Select(layer => layer.Gradient)));
        Assert.That(backward[^1].InputGradient, Is.Null);
        Assert.That(backward.Select(layer => layer.Gradient.Width), Is.EqualTo(backward.Select(layer => layer.Output.Width)));
        Assert.That(forward.Skip(1).Select(layer => layer.Input), Is.EqualTo(forward.SkipLast(1).Select(layer => layer.Output)));
        Assert.That(plan.Scoring.OfType<ConvForward>(), Is.EqualTo(plan.Step.OfType<ConvForward>()));
    }

    [Test]
    public void Convolutions_that_do_not_fit_are_refused()
    {
        Assert.That(() => ModelPlans.Build(NetworkSpec.LeNetMnist, 785, ModelKind.OneClass), Throws.ArgumentException);
        Assert.That(() => ModelPlans.Build(NetworkSpec.LeNetMnist, 784, ModelKind.NegativeLogLikelihood),
            Throws.ArgumentException.With.Message.Contains("flow has no convolutions"));
        Assert.That(() => ModelPlans.Build(NetworkSpec.Parse("4096x4096-conv1024-1"), 1 << 24, ModelKind.OneClass),
            Throws.ArgumentException.With.Message.Contains("fewer channels"));
    }

    [TestCase("7-5-3", 11)]
    [TestCase("4x8-conv3-conv2-5-2", 32)]
    public void Slots_follow_each_other_without_gaps_under_names_of_their_own(string shape, int features)
    {
        NetworkSpec network = NetworkSpec.Parse(shape) with { Affine = true, Bias = true };
        Plan plan = ModelPlans.Build(network, features, ModelKind.Reconstruction);
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
        foreach (ModelKind loss in Enum.GetValues<ModelKind>())
        {
            Plan plan = ModelPlans.Build(new NetworkSpec(4, 3), 5, loss);
            Assert.That(plan.Step.OfType<RadiusUpdate>().Any(), Is.EqualTo(loss == ModelKind.SoftBoundary));
            Assert.That(
                plan.State.Find("center")?.Length, Is.EqualTo(loss is ModelKind.OneClass or ModelKind.SoftBoundary ? 3 : (int?)null));
        }
    }

    [Test]
    public void The_first_layer_asks_for_no_gradient_of_the_data()
    {
        Plan plan = ModelPlans.Build(new NetworkSpec(4, 3), 5, ModelKind.OneClass);
        Assert.That(plan.Step.OfType<DenseBackward>().Select(dense => dense.InputGradient is null), Is.EqualTo(new[] { false, true }));
    }

    private static Activation? GradientOfScore(PlanOperation operation) =>
        (operation as SquaredDistanceBackward)?.OutputGradient;

    private static IEnumerable<string> Describe(PlanOperation operation)
    {
        (string Text, BatchNorm? Norm, bool Relu)? layer = operation switch
        {
            DenseForward { Layer: var dense } => ($"{dense.Name}: {dense.Inputs} > {dense.Outputs}", dense.Norm, dense.HasRelu),
            ConvForward { Layer: var conv } => (
                $"{conv.Name}: {(conv.Upsample ? "upsample, " : "")}{conv.InputChannels} > {conv.OutputChannels} of {conv.Size}"
                + $"{(conv.Pool ? ", pool" : "")}", conv.Norm, conv.HasRelu),
            _ => null,
        };
        if (layer is { } found) yield return $"{found.Text}{(found.Norm is null ? "" : ", norm")}{(found.Relu ? ", relu" : "")}";
    }
}
