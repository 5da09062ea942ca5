using System.Numerics;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>Kernels of scoring, row-major: against loops, with NaN where a kernel may neither read nor write.</summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class RowsTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    // Samples around the tiles of six and eight.
    private static readonly int[] _samples = [1, 2, 5, 6, 7, 8, 9, 15, 48];

    private static int Padded(int width) => Padding.RoundUp(width, TLanes.Count);

    [Test]
    public void Products_are_those_of_loops_and_the_same_for_a_sample_alone(
        [Values(1, 3, 17, 37)] int inner, [Values(1, 5, 16, 33, 50)] int width, [Values(1f, 0.01f)] float slope)
    {
        var random = new System.Random(inner + (100 * width));
        GuardedBuffer w = GuardedBuffer.Random(width * inner, _ => true, random), packed = new(Padded(width) * inner);
        Rows.Pack(w.Pointer, width, inner, TLanes.Count, packed.Pointer);
        GuardedBuffer start = new(Padded(width));
        for (int i = 0; i < start.Length; i++) start.Pointer[i] = i < width ? random.NextSingle() : 0;
        InnerRange[] ranges = [.. Enumerable.Repeat(new InnerRange(0, inner), Padded(width) / TLanes.Count)];
        foreach (int samples in _samples)
        {
            int xStride = inner + 3, yStride = Padded(width) + 2;
            GuardedBuffer x = GuardedBuffer.Random(samples * xStride, i => i % xStride < inner, random);
            GuardedBuffer y = new(samples * yStride), alone = new(yStride);
            Multiply(x.Pointer, samples, y);
            y.Untouched(i => i % yStride < Padded(width), "y");
            float[] actual = [.. Places().Select(i => y.Pointer[(i / width * yStride) + (i % width)])];
            Tolerance.Check(actual, Loops<double>(), [Loops<float>()], $"{samples} samples");
            for (int s = 0; s < samples; s++)
            {
                Multiply(x.Pointer + (s * xStride), 1, alone);
                Assert.That(alone.Span[..Padded(width)].SequenceEqual(y.Span.Slice(s * yStride, Padded(width))), Is.True);
                Assert.That(alone.Span[width..Padded(width)].ToArray(), Is.All.Zero);
            }

            IEnumerable<int> Places() => Enumerable.Range(0, samples * width);

            void Multiply(float* from, int count, GuardedBuffer to) => Rows.Multiply<TLanes>(
                from, xStride, count, packed.Pointer, inner, start.Pointer, ranges, slope, to.Pointer, yStride);

            T[] Loops<T>()
                where T : IFloatingPointIeee754<T> =>
                [.. Places().Select(i =>
                {
                    T sum = T.CreateChecked(start.Pointer[i % width]);
                    for (int k = 0; k < inner; k++)
                    {
                        (float value, float weight) = (x.Pointer[(i / width * xStride) + k], w.Pointer[(i % width * inner) + k]);
                        sum += T.CreateChecked(value) * T.CreateChecked(weight);
                    }

                    return sum < T.Zero ? sum * T.CreateChecked(slope) : sum;
                })];
        }
    }

    [Test]
    public void Columns_outside_a_vector_s_range_are_neither_read_nor_counted()
    {
        const int inner = 11;
        int width = 3 * TLanes.Count;
        var random = new System.Random(3);
        InnerRange[] ranges = [new(2, 5), new(4, 9), new(7, 7)];
        GuardedBuffer x = GuardedBuffer.Random(inner, i => i is >= 2 and < 9, random), y = new(width), start = new(width);
        GuardedBuffer packed = GuardedBuffer.Random(width * inner, _ => true, random);
        for (int i = 0; i < width; i++) start.Pointer[i] = i;
        for (int i = 0; i < packed.Length; i++)
        {
            InnerRange range = ranges[i / (inner * TLanes.Count)];
            int column = i / TLanes.Count % inner;
            if (column < range.First || column >= range.End) packed.Pointer[i] = 0;
        }

        Rows.Multiply<TLanes>(x.Pointer, inner, 1, packed.Pointer, inner, start.Pointer, ranges, 1, y.Pointer, width);
        Assert.That(y.Span.ToArray(), Has.None.NaN);
        Assert.That(y.Span[(2 * TLanes.Count)..].SequenceEqual(start.Span[(2 * TLanes.Count)..]), Is.True);
    }

    [Test]
    public void Gathered_rows_are_standardised([Range(1, 40)] int features, [Values] bool chosen)
    {
        const int total = 9;
        var random = new System.Random(features);
        GuardedBuffer data = GuardedBuffer.Random(total * features, _ => true, random);
        GuardedBuffer offset = GuardedBuffer.Random(features, _ => true, random);
        GuardedBuffer scale = GuardedBuffer.Random(features, _ => true, random);
        int stride = Padded(features);
        GuardedBuffer destination = new(total * stride);
        int[] rows = [.. Enumerable.Range(0, total).Select(s => chosen ? random.Next(total) : s)];
        fixed (int* indices = rows)
        {
            Rows.Gather<TLanes>(
                data.Pointer, chosen ? indices : null, features, offset.Pointer, scale.Pointer, destination.Pointer, stride,
                total);
        }

        destination.Untouched(i => i % stride < features, "destination");
        for (int i = 0; i < total * features; i++)
        {
            (int s, int j) = (i / features, i % features);
            Assert.That(
                destination.Pointer[(s * stride) + j],
                Is.EqualTo((data.Pointer[(rows[s] * features) + j] - offset.Pointer[j]) * scale.Pointer[j]));
        }
    }

    [Test]
    public void Turning_to_features_and_back_changes_nothing_and_clears_the_padding(
        [Values(1, 7, 33)] int width, [Values(1, 5, 16)] int samples)
    {
        int stride = width + 2, featureStride = 35;
        GuardedBuffer rows = GuardedBuffer.Random(samples * stride, i => i % stride < width, new System.Random(width));
        GuardedBuffer features = new(width * featureStride), back = new(samples * stride);
        Rows.ToFeatures(rows.Pointer, stride, width, samples, 32, features.Pointer, featureStride);
        Rows.FromFeatures(features.Pointer, featureStride, width, samples, back.Pointer, stride);
        features.Untouched(i => i % featureStride < 32, "features");
        back.Untouched(i => i % stride < width, "rows");
        for (int i = 0; i < samples * width; i++)
        {
            int at = (i / width * stride) + (i % width);
            Assert.That(back.Pointer[at], Is.EqualTo(rows.Pointer[at]));
        }

        for (int j = 0; j < width; j++)
            Assert.That(features.Span.Slice((j * featureStride) + samples, 32 - samples).ToArray(), Is.All.Zero);
    }
}
