using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>The features of stacked networks, one network a lane, against a plain loop.</summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class StackGatherTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [Test]
    public void Every_lane_gets_its_own_features_scaled_and_nothing_else_is_written([Values(1, 2, 7)] int features, [Values(1, 3)] int samples)
    {
        const int Width = 11;
        int numbers = features * TLanes.Count, stride = numbers + TLanes.Count;
        var random = new System.Random(features);
        GuardedBuffer rows = GuardedBuffer.Random(samples * Width, _ => true, random);
        GuardedBuffer scaling = GuardedBuffer.Random(2 * numbers, _ => true, random);
        int[] places = [.. Enumerable.Range(0, numbers).Select(_ => random.Next(Width)), 0];
        var x = new GuardedBuffer(samples * stride);
        fixed (int* first = places)
            Stack.Gather<TLanes>(rows.Pointer, Width, samples, first, features, scaling.Pointer, x.Pointer, stride);
        x.Untouched(i => i % stride < numbers, "x");
        for (int s = 0; s < samples; s++)
        {
            for (int i = 0; i < numbers; i++)
            {
                int own = (2 * TLanes.Count * (i / TLanes.Count)) + (i % TLanes.Count);
                float expected = (rows.Span[(s * Width) + places[i]] - scaling.Span[own]) * scaling.Span[own + TLanes.Count];
                Assert.That(x.Span[(s * stride) + i], Is.EqualTo(expected), $"sample {s}, number {i}");
            }
        }
    }
}
