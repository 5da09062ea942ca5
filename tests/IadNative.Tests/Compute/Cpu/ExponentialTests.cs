using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class ExponentialTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [Test]
    public void The_exponential_is_right_to_two_units_in_the_last_place()
    {
        for (int i = -870_000; i <= 887_000; i += 7)
        {
            float x = i * 1e-4f;
            double exact = Math.Exp(x);
            float actual = Exp(x), rounded = (float)exact;
            Assert.That(Math.Abs(actual - exact), Is.LessThanOrEqualTo(2 * (MathF.BitIncrement(rounded) - rounded)), $"e^{x:r}");
        }
    }

    // Below the least normal number, 2^-126, a result may be flushed to zero.
    [Test]
    public void It_overflows_to_infinity_underflows_to_zero_and_keeps_NaN()
    {
        Assert.Multiple(() =>
        {
            foreach (float large in new[] { 89f, 200, 1e30f, float.MaxValue, float.PositiveInfinity })
                Assert.That(Exp(large), Is.EqualTo(float.PositiveInfinity), $"e^{large}");
            foreach (float small in new[] { -104f, -200, -1e30f, float.MinValue, float.NegativeInfinity })
                Assert.That(Exp(small), Is.Zero, $"e^{small}");
            foreach (float small in new[] { -88f, -95, -103 })
                Assert.That(Exp(small), Is.InRange(0, 1.2e-38f), $"e^{small}");
            Assert.That(Exp(float.NaN), Is.NaN);
        });
    }

    private static float Exp(float value)
    {
        float* lanes = stackalloc float[TLanes.Count];
        TLanes.Store(Exponential.Of(TLanes.Create(value)), lanes);
        for (int i = 1; i < TLanes.Count; i++)
            Assert.That(BitConverter.SingleToInt32Bits(lanes[i]), Is.EqualTo(BitConverter.SingleToInt32Bits(lanes[0])));
        return lanes[0];
    }
}
