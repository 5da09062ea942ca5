using IadNative.Compute.Cpu.Lanes;
using IadNative.Tests.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class LanesSumTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [Test]
    public void A_sum_is_that_of_a_loop()
    {
        const int count = 100;
        GuardedBuffer values = GuardedBuffer.Random(count * TLanes.Count, _ => true, new System.Random(1));
        float[] sums = [.. Enumerable.Range(0, count).Select(i => TLanes.Sum(TLanes.Load(values.Pointer + (i * TLanes.Count))))];
        double[] exact = [.. values.Values<double>().Chunk(TLanes.Count).Select(lanes => lanes.Sum())];
        float[] naive = [.. values.Values<float>().Chunk(TLanes.Count).Select(lanes => lanes.Aggregate((a, b) => a + b))];
        Tolerance.Check(sums, exact, [naive], "sum");
    }

    [Test]
    public void Four_sums_stored_together_have_the_bits_of_each_alone() => Check(TLanes.StoreSums);

    [Test]
    public void So_have_they_where_no_shuffles_are_known()
    {
        if (typeof(TLanes) != typeof(Lanes128)) Assert.Pass("128-bit vectors alone have a second way.");
        LanesSumTests<Lanes128>.Check(Lanes128.StoreSumsOneByOne);
    }

    private static void Check(Store store)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            GuardedBuffer values = GuardedBuffer.Random(4 * TLanes.Count, _ => true, new System.Random(seed)), sums = new(4);
            TLanes a = Vector(0), b = Vector(1), c = Vector(2), d = Vector(3);
            store(a, b, c, d, sums.Pointer);
            sums.Untouched(_ => true, "sums");
            Assert.That(sums.Span.ToArray(), Is.EqualTo(new[] { TLanes.Sum(a), TLanes.Sum(b), TLanes.Sum(c), TLanes.Sum(d) }));

            TLanes Vector(int which) => TLanes.Load(values.Pointer + (which * TLanes.Count));
        }
    }

    private delegate void Store(TLanes a, TLanes b, TLanes c, TLanes d, float* destination);
}
