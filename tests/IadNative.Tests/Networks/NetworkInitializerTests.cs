using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Networks;

public sealed class NetworkInitializerTests
{
    private static readonly Plan s_plan = ModelPlans.Build(
        new NetworkSpec(33, 33, 8) { Affine = true, Bias = true }, 33, ModelKind.Reconstruction);

    private static readonly Plan s_convolutions = ModelPlans.Build(
        NetworkSpec.Parse("conv8-conv7-33-5") with { Affine = true, Bias = true }, 64, ModelKind.Reconstruction);

    [Test]
    public void Weights_and_biases_fill_their_bounds_and_the_rest_is_neutral([Values] bool convolutions)
    {
        Plan plan = convolutions ? s_convolutions : s_plan;
        ReplicaState state = NetworkInitializer.Fresh(plan, key: 5, member: 0, round: 0);
        foreach (TensorSlot slot in plan.Parameters.Slots)
        {
            float[] values = state.Parameters[slot.Offset..(slot.Offset + slot.Length)];
            if (slot.Name.EndsWith(".scale", StringComparison.Ordinal)) Assert.That(values, Has.All.EqualTo(1f), slot.Name);
            else if (slot.Name.EndsWith(".shift", StringComparison.Ordinal)) Assert.That(values, Has.All.EqualTo(0f), slot.Name);
            else
            {
                int inputs = slot.Name.EndsWith(".weight", StringComparison.Ordinal) ? slot.Columns : slot.FanIn;
                float bound = (float)(1 / Math.Sqrt(inputs));
                Assert.That(values, Has.All.InRange(-bound, bound), slot.Name);
                if (slot.Length > 6) Assert.That(values.Max() - values.Min(), Is.GreaterThan(bound), slot.Name);
            }
        }

        foreach (TensorSlot slot in plan.Statistics.Slots)
        {
            float expected = slot.Name.EndsWith("variance", StringComparison.Ordinal) ? 1 : 0;
            Assert.That(state.Statistics[slot.Offset..(slot.Offset + slot.Length)], Has.All.EqualTo(expected), slot.Name);
        }

        Assert.That(state.FirstMoment.Concat(state.SecondMoment), Has.All.Zero);
        Assert.That((state.Radius, state.Steps), Is.EqualTo((0f, 0L)));
    }

    [Test]
    public void The_same_key_draws_the_same_numbers_and_any_other_differs()
    {
        float[] weights = Weights(5, 0, 0);
        Assert.That(Weights(5, 0, 0), Is.EqualTo(weights));
        foreach (float[] other in new[] { Weights(6, 0, 0), Weights(5, 1, 0), Weights(5, 0, 1) })
            Assert.That(Shared(weights, other), Is.LessThan(3));

        static float[] Weights(ulong key, int member, int round) => Drawn(NetworkInitializer.Fresh(s_plan, key, member, round));
    }

    [Test]
    public void Layers_and_purposes_draw_numbers_of_their_own()
    {
        // encoder.0 and encoder.1 both are 33 × 33, so that equal draws would give equal numbers.
        ReplicaState state = NetworkInitializer.Fresh(s_plan, key: 5, member: 0, round: 0);
        float[] first = Slot(state, "encoder.0.weight"), second = Slot(state, "encoder.1.weight");
        Assert.That(Shared(first, second), Is.LessThan(3));
        Assert.That(Shared(first[..33], Slot(state, "encoder.0.bias")), Is.LessThan(3));
    }

    [Test]
    public void A_convolutions_fan_in_is_25_of_each_input_channel() => Assert.That(
        s_convolutions.Step.OfType<ConvForward>().Select(conv => conv.Layer)
            .Select(layer => (layer.Weight.FanIn, layer.Bias!.FanIn, layer.InputChannels)),
        Is.EqualTo(new[] { (25, 25, 1), (200, 200, 8), (175, 175, 7), (200, 200, 8) }));

    [TestCase("17-3", 5)]
    [TestCase("4x8-conv3-conv2-5-2", 32)]
    public void An_encoder_draws_the_same_weights_with_and_without_a_decoder(string shape, int features)
    {
        NetworkSpec network = NetworkSpec.Parse(shape);
        Plan encoder = ModelPlans.Build(network, features, ModelKind.OneClass);
        Plan both = ModelPlans.Build(network, features, ModelKind.Reconstruction);
        float[] alone = NetworkInitializer.Fresh(encoder, 1, 0, 0).Parameters;
        Assert.That(NetworkInitializer.Fresh(both, 1, 0, 0).Parameters[..alone.Length], Is.EqualTo(alone));
    }

    private static float[] Slot(ReplicaState state, string name)
    {
        TensorSlot slot = s_plan.Parameters.Slots.Single(slot => slot.Name == name);
        return state.Parameters[slot.Offset..(slot.Offset + slot.Length)];
    }

    private static float[] Drawn(ReplicaState state) =>
    [
        .. s_plan.Parameters.Slots
            .Where(slot => slot.Initialization is Initialization.UniformWeight or Initialization.UniformBias)
            .SelectMany(slot => state.Parameters[slot.Offset..(slot.Offset + slot.Length)]),
    ];

    private static int Shared(float[] a, float[] b) => a.Zip(b).Count(pair => pair.First == pair.Second);
}
