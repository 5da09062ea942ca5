using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute;

public sealed class MeanOutputTests
{
    [TestCase(0.5f, 0.5f)]
    [TestCase(-0.5f, -0.5f)]
    [TestCase(0.1f, 0.1f)]
    [TestCase(-0.1f, -0.1f)]
    [TestCase(0.09999f, 0.1f)]
    [TestCase(-0.09999f, -0.1f)]
    [TestCase(1e-40f, 0.1f)]
    [TestCase(-1e-40f, -0.1f)]
    [TestCase(0f, 0.1f)]
    [TestCase(-0f, 0.1f)]
    [TestCase(float.NaN, float.NaN)]
    public void Small_components_become_a_tenth_of_their_sign(float component, float expected) =>
        Assert.That(MeanOutput.KeepAwayFromZero(component), Is.EqualTo(expected));
}
