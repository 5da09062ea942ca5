using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class LogarithmTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [Test]
    public void The_logarithm_is_right_to_two_units_in_the_last_place()
    {
        const int leastNormal = 0x00800000, infinity = 0x7F800000;
        for (int bits = leastNormal; bits < infinity; bits += 1009) Check(BitConverter.Int32BitsToSingle(bits));
        foreach (float x in new[] { 1e-12f, 0.70710677f, 0.70710683f, 1.4142135f, 1.4142137f, 2f, MathF.E, float.MaxValue }) Check(x);
    }

    // Next to 1 the logarithm is next to 0, where an error in the number's own units would be large.
    [Test]
    public void Next_to_one_it_is_as_right()
    {
        for (int ulp = -100_000; ulp <= 100_000; ulp++) Check(BitConverter.Int32BitsToSingle(0x3F800000 + ulp));
        Assert.That(Log(1), Is.Zero);
    }

    [Test]
    public void It_keeps_NaN() => Assert.That(Log(float.NaN), Is.NaN);

    private static void Check(float x)
    {
        double exact = Math.Log(x);
        float rounded = MathF.Abs((float)exact);
        double error = Math.Abs(Log(x) - exact);
        if (!(error <= 2 * (MathF.BitIncrement(rounded) - rounded))) Assert.Fail($"log {x:r} is {Log(x):r}, exactly {exact:r}");
    }

    private static float Log(float value)
    {
        float* lanes = stackalloc float[TLanes.Count];
        TLanes.Store(Logarithm.Of(TLanes.Create(value)), lanes);
        for (int i = 1; i < TLanes.Count; i++)
        {
            if (BitConverter.SingleToInt32Bits(lanes[i]) != BitConverter.SingleToInt32Bits(lanes[0])) Assert.Fail($"lane {i} of {value:r}");
        }

        return lanes[0];
    }
}
