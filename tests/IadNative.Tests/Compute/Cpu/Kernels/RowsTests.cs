using System.Numerics;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

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
    private static readonly int[] s_samples = [1, 2, 5, 6, 7, 8, 9, 15, 48];

    private static IEnumerable<int> Widths => Enumerable.Range(1, 256);

    private static int Padded(int width) => Padding.RoundUp(width, TLanes.Count);

    // Results of sums whose order is free, in several orders.
    private static float[][] Orders(int terms, Func<int[], float[]> sum) =>
    [
        .. Enumerable.Range(0, 8).Select(seed =>
        {
            int[] order = [.. Enumerable.Range(0, terms)];
            if (seed > 0) new System.Random(seed).Shuffle(order);
            return sum(order);
        }),
    ];

    // The first numbers of each sample.
    private static float[] Lanes(GuardedBuffer rows, int stride, int samples, int width) =>
        [.. Enumerable.Range(0, samples * width).Select(i => rows.Pointer[(i / width * stride) + (i % width)])];

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
        foreach (int samples in s_samples)
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
    public void Columns_outside_a_vector_s_range_are_neither_read_nor_counted(
        [Values(1, 6, 8, 9)] int samples, [Values(1, 2, 3)] int vectors)
    {
        const int inner = 11;
        int width = vectors * TLanes.Count, stride = width + 1;
        var random = new System.Random(3);
        InnerRange[] ranges = [.. new InnerRange[] { new(2, 5), new(4, 9), new(7, 9) }[^vectors..]];
        int first = ranges.Min(range => range.First);
        GuardedBuffer w = GuardedBuffer.Random(width * inner, _ => true, random), packed = new(w.Length), y = new(samples * stride);
        GuardedBuffer start = GuardedBuffer.Random(width, _ => true, random);
        GuardedBuffer x = GuardedBuffer.Random(samples * inner, i => i % inner >= first && i % inner < 9, random);
        for (int i = 0; i < w.Length; i++)
        {
            if (!IsIn(i / inner, i % inner)) w.Pointer[i] = 0;
        }

        Rows.Pack(w.Pointer, width, inner, TLanes.Count, packed.Pointer);
        Rows.Multiply<TLanes>(x.Pointer, inner, samples, packed.Pointer, inner, start.Pointer, ranges, 1, y.Pointer, stride);
        y.Untouched(i => i % stride < width, "y");
        float[] actual = [.. Enumerable.Range(0, y.Length).Where(i => i % stride < width).Select(i => y.Pointer[i])];
        Tolerance.Check(actual, Loops<double>(), [Loops<float>()], "y");

        bool IsIn(int row, int column) =>
            column >= ranges[row / TLanes.Count].First && column < ranges[row / TLanes.Count].End;

        T[] Loops<T>()
            where T : IFloatingPointIeee754<T>
        {
            T[] weights = w.Values<T>(), values = x.Values<T>(), sums = new T[samples * width];
            for (int i = 0; i < sums.Length; i++)
            {
                (int s, int row) = (i / width, i % width);
                sums[i] = T.CreateChecked(start.Pointer[row]);
                for (int k = 0; k < inner; k++)
                {
                    if (IsIn(row, k)) sums[i] += values[(s * inner) + k] * weights[(row * inner) + k];
                }
            }

            return sums;
        }
    }

    [Test]
    public void Affine_maps_are_those_of_loops_and_zero_past_the_width([Values(1, 3)] int samples, [Values] bool withBefore)
    {
        foreach (int width in Widths)
        {
            // Behind m and a, without a gap, stand numbers that do not belong to them.
            int stride = Padded(width) + 3, affineStride = (2 * width) + 5;
            var random = new System.Random(width);
            GuardedBuffer x = GuardedBuffer.Random(samples * stride, i => i % stride < Padded(width), random);
            GuardedBuffer affine = GuardedBuffer.Random((samples * affineStride) + TLanes.Count, _ => true, random);
            GuardedBuffer before = GuardedBuffer.Random(samples * TLanes.Count, _ => true, random);
            GuardedBuffer u = new(samples * stride), after = new(samples * TLanes.Count);
            Rows.AffineMap<TLanes>(
                x.Pointer, affine.Pointer, affineStride, u.Pointer, withBefore ? before.Pointer : null, after.Pointer, width, stride,
                samples);
            u.Untouched(i => i % stride < Padded(width), "u");
            after.Untouched(_ => true, "log-determinant");
            Tolerance.Check(Lanes(u, stride, samples, Padded(width)), Us<double>(), [Us<float>()], $"u of {width}");
            float[] sums = [.. Enumerable.Range(0, samples).Select(s => TLanes.Sum(TLanes.Load(after.Pointer + (s * TLanes.Count))))];
            float[][] naive = Orders(width + TLanes.Count, Sums<float>);
            Tolerance.Check(sums, Sums<double>([.. Enumerable.Range(0, width + TLanes.Count)]), naive, $"log-determinant of {width}");

            T[] Us<T>()
                where T : IFloatingPointIeee754<T> =>
            [
                .. Enumerable.Range(0, samples * Padded(width)).Select(i =>
                {
                    (int s, int j) = (i / Padded(width), i % Padded(width));
                    if (j >= width) return T.Zero;
                    float* map = affine.Pointer + (s * affineStride);
                    T difference = T.CreateChecked(x.Pointer[(s * stride) + j]) - T.CreateChecked(map[j]);
                    return difference * T.Exp(-T.CreateChecked(map[width + j]));
                }),
            ];

            // What stands before and then all −a, added up in an order.
            T[] Sums<T>(int[] order)
                where T : IFloatingPointIeee754<T> =>
            [
                .. Enumerable.Range(0, samples).Select(s => order.Aggregate(T.Zero, (sum, i) => i < width
                    ? sum - T.CreateChecked(affine.Pointer[(s * affineStride) + width + i])
                    : withBefore ? sum + T.CreateChecked(before.Pointer[(s * TLanes.Count) + i - width]) : sum)),
            ];
        }
    }

    [Test]
    public void Scaling_and_shifting_is_that_of_a_loop([Values(1, 3)] int samples)
    {
        foreach (int width in Widths)
        {
            int padded = Padded(width), stride = padded + 3;
            var random = new System.Random(width);
            GuardedBuffer x = GuardedBuffer.Random(samples * stride, i => i % stride < padded, random), y = new(samples * stride);
            GuardedBuffer scale = GuardedBuffer.Random(padded, _ => true, random);
            GuardedBuffer shift = GuardedBuffer.Random(padded, _ => true, random);
            Rows.ScaleAndShift<TLanes>(x.Pointer, scale.Pointer, shift.Pointer, y.Pointer, width, stride, samples);
            y.Untouched(i => i % stride < padded, "y");
            Tolerance.Check(Lanes(y, stride, samples, padded), Loop<double>(), [Loop<float>()], $"width {width}");

            T[] Loop<T>()
                where T : IFloatingPointIeee754<T> =>
            [
                .. Lanes(x, stride, samples, padded).Select((value, i) =>
                    (T.CreateChecked(value) * T.CreateChecked(scale.Pointer[i % padded]))
                    + T.CreateChecked(shift.Pointer[i % padded])),
            ];
        }
    }

    [Test]
    public void Squared_distances_are_those_of_loops_to_a_point_of_all_or_of_each([Values(1, 3)] int samples, [Values] bool shared)
    {
        foreach (int width in Widths)
        {
            // Lanes past the width are equal in both.
            int padded = Padded(width), stride = padded + 3, pointStride = shared ? 0 : stride;
            var random = new System.Random(width);
            GuardedBuffer output = Point(samples * stride), point = Point(shared ? padded : samples * stride), f = new(samples);
            Rows.SquaredDistance<TLanes>(output.Pointer, point.Pointer, pointStride, width, stride, samples, f.Pointer);
            f.Untouched(_ => true, "distances");
            Tolerance.Check(
                f.Span, Loops<double>([.. Enumerable.Range(0, width)]), Orders(width, Loops<float>), $"width {width}");

            GuardedBuffer Point(int length)
            {
                GuardedBuffer buffer = GuardedBuffer.Random(length, i => i % stride < width, random);
                for (int i = 0; i < length; i++)
                {
                    if (i % stride >= width && i % stride < padded) buffer.Pointer[i] = 1.5f;
                }

                return buffer;
            }

            T[] Loops<T>(int[] order)
                where T : IFloatingPointIeee754<T> =>
            [
                .. Enumerable.Range(0, samples).Select(s => order.Aggregate(T.Zero, (sum, j) =>
                {
                    T difference = T.CreateChecked(output.Pointer[(s * stride) + j])
                        - T.CreateChecked(point.Pointer[(s * pointStride) + j]);
                    return sum + (difference * difference);
                })),
            ];
        }
    }

    [Test]
    public void Scores_are_negative_log_likelihoods([Values(1, 2, 36, 274)] int width)
    {
        for (int samples = 1; samples <= 256; samples++)
        {
            var random = new System.Random(samples);
            GuardedBuffer squares = GuardedBuffer.Random(samples, _ => true, random);
            GuardedBuffer logDeterminants = GuardedBuffer.Random(samples * TLanes.Count, _ => true, random);
            double[] exact = Loop(squares.Values<double>(), logDeterminants.Values<double>());
            float[] naive = Loop(squares.Values<float>(), logDeterminants.Values<float>());
            Rows.LogLikelihood<TLanes>(squares.Pointer, logDeterminants.Pointer, 0.75f, width, samples);
            squares.Untouched(_ => true, "scores");
            logDeterminants.Untouched(_ => true, "log-determinants");
            Tolerance.Check(squares.Span, exact, [naive], $"{samples} samples");

            T[] Loop<T>(T[] square, T[] logDeterminant)
                where T : IFloatingPointIeee754<T> =>
            [
                .. square.Zip(logDeterminant.Chunk(TLanes.Count), (f, lanes) =>
                    (T.CreateChecked(0.5) * f) + (T.CreateChecked(width) * T.CreateChecked(0.91893853320467274))
                    - lanes.Aggregate(T.CreateChecked(0.75), (sum, log) => sum + log)),
            ];
        }
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
