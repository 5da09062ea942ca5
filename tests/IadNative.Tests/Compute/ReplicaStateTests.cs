using IadNative.Compute;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Compute;

public sealed class ReplicaStateTests
{
    [Test]
    public void A_copy_has_everything_of_its_own()
    {
        Plan plan = ModelPlans.Build(new NetworkSpec(4, 2), 3, ModelKind.SoftBoundary);
        ReplicaState state = new(plan) { Steps = 17 }, copy = new(plan);
        float next = 1;
        foreach (float[] block in Blocks(state))
        {
            for (int i = 0; i < block.Length; i++) block[i] = next++;
        }

        copy.CopyFrom(state);
        Assert.That(copy.Steps, Is.EqualTo(17));
        foreach ((float[] expected, float[] actual) in Blocks(state).Zip(Blocks(copy)))
        {
            Assert.That(actual, Is.EqualTo(expected));
            if (expected.Length > 0) expected[0]++;
            Assert.That(actual, expected.Length > 0 ? Is.Not.EqualTo(expected) : Is.Empty);
        }
    }

    private static float[][] Blocks(ReplicaState state) =>
        [state.Parameters, state.FirstMoment, state.SecondMoment, state.Statistics, state.State];
}
