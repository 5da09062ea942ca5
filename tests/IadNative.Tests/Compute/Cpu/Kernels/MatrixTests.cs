using System.Numerics;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// Kernels over whole feature-major matrices: against scalar loops over double, with NaN between the samples and the
/// stride, where a kernel may neither read nor write.
/// </summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class MatrixTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    // Rows and inner sizes around the tile of four rows and past what is kept in the first cache, lengths around tiles of two to four vectors.
    private static readonly (int Rows, int Inner)[] _shapes =
        [(1, 1), (2, 3), (3, 1), (4, 5), (5, 2), (7, 37), (8, 8), (33, 17), (5, 129), (6, 1030)];

    private static IEnumerable<int> Samples => Enumerable.Range(1, 7).Append(33).Select(vectors => vectors * TLanes.Count);

    [Test]
    public void Products_are_those_of_loops(
        [Values] bool transposed, [Values("zero", "start", "accumulate")] string from, [Values(1f, 0.01f, 0f)] float slope)
    {
        foreach ((int rows, int inner) in _shapes)
        {
            foreach (int samples in Samples)
            {
                int stride = samples + 3;
                var random = new System.Random(rows + samples);
                GuardedBuffer w = GuardedBuffer.Random(rows * inner, _ => true, random);
                GuardedBuffer a = GuardedBuffer.Random(inner * stride, i => i % stride < samples, random);
                GuardedBuffer b = GuardedBuffer.Random(rows, _ => true, random);
                bool start = from == "start", accumulate = from == "accumulate";
                GuardedBuffer c = GuardedBuffer.Random(rows * stride, i => accumulate && i % stride < samples, random);
                float[] before = c.Span.ToArray();
                (nint rowStride, nint innerStride) = transposed ? (1, rows) : (inner, 1);
                Matrix.Multiply<TLanes>(
                    w.Pointer, rowStride, innerStride, rows, inner, a.Pointer, c.Pointer, stride, samples, start ? b.Pointer : null,
                    accumulate, slope: slope);
                c.Untouched(i => i % stride < samples, "c");
                Check(c, stride, samples, Multiply<double>(), [Multiply<float>()], $"{rows} x {inner} x {samples}");

                T[] Multiply<T>()
                    where T : IFloatingPointIeee754<T>
                {
                    T[] weights = w.Values<T>(), activations = a.Values<T>(), starts = b.Values<T>(), product = new T[rows * samples];
                    for (int i = 0; i < product.Length; i++)
                    {
                        (int r, int s) = (i / samples, i % samples);
                        product[i] = start ? starts[r] : accumulate ? T.CreateChecked(before[(r * stride) + s]) : T.Zero;
                        for (int k = 0; k < inner; k++)
                            product[i] += weights[(r * (int)rowStride) + (k * (int)innerStride)] * activations[(k * stride) + s];
                        if (product[i] < T.Zero) product[i] *= T.CreateChecked(slope);
                    }

                    return product;
                }
            }
        }
    }

    [Test]
    public void A_samples_product_does_not_depend_on_how_many_there_are()
    {
        const int rows = 7, inner = 37, stride = 200;
        var random = new System.Random(1);
        GuardedBuffer w = GuardedBuffer.Random(rows * inner, _ => true, random), a = GuardedBuffer.Random(inner * stride, _ => true, random);
        GuardedBuffer whole = new(rows * stride);
        int most = 7 * TLanes.Count;
        Matrix.Multiply<TLanes>(w.Pointer, inner, 1, rows, inner, a.Pointer, whole.Pointer, stride, most, null);
        for (int samples = TLanes.Count; samples <= most; samples += TLanes.Count)
        {
            GuardedBuffer part = new(rows * stride);
            Matrix.Multiply<TLanes>(
                w.Pointer, inner, 1, rows, inner, a.Pointer + most - samples, part.Pointer, stride, samples, null);
            for (int r = 0; r < rows; r++)
            {
                Assert.That(
                    part.Span.Slice(r * stride, samples).ToArray(),
                    Is.EqualTo(whole.Span.Slice((r * stride) + most - samples, samples).ToArray()));
            }
        }
    }

    [Test]
    public void Weight_gradients_are_those_of_loops()
    {
        foreach ((int outputs, int inputs) in _shapes)
        {
            foreach (int samples in Samples)
            {
                int stride = samples + 3;
                var random = new System.Random(outputs + samples);
                GuardedBuffer d = GuardedBuffer.Random(outputs * stride, i => i % stride < samples, random);
                GuardedBuffer a = GuardedBuffer.Random(inputs * stride, i => i % stride < samples, random);
                GuardedBuffer g = new(outputs * inputs);
                Matrix.WeightGradient<TLanes>(d.Pointer, a.Pointer, g.Pointer, outputs, inputs, stride, samples);
                g.Untouched(_ => true, "g");
                float[][] naive = [.. Enumerable.Range(0, 4).Select(Gradient<float>)];
                Check(g, inputs, inputs, Gradient<double>(0), naive, $"{outputs} x {inputs} x {samples}");

                // The sum over samples starts anywhere: its order is free.
                T[] Gradient<T>(int quarter)
                    where T : IFloatingPointIeee754<T>
                {
                    T[] ds = d.Values<T>(), inputsOf = a.Values<T>(), gradient = new T[outputs * inputs];
                    for (int i = 0; i < gradient.Length; i++)
                    {
                        for (int n = 0; n < samples; n++)
                        {
                            int s = (n + (quarter * samples / 4)) % samples;
                            gradient[i] += ds[(i / inputs * stride) + s] * inputsOf[(i % inputs * stride) + s];
                        }
                    }

                    return gradient;
                }
            }
        }
    }

    [Test]
    public void Masked_products_neither_read_nor_write_where_four_rows_see_nothing(
        [Values(1, 2, 5, 21)] int inputs, [Values(1, 7, 32)] int outputs, [Values] bool reversed, [Values] bool strict)
    {
        int samples = 3 * TLanes.Count, stride = samples + 3;
        var random = new System.Random(inputs + (100 * outputs));
        int[] degrees = [.. Enumerable.Range(0, inputs).Select(i => reversed ? inputs - 1 - i : i)];
        var mask = new DegreeMask(degrees, [.. Enumerable.Range(0, outputs).Select(o => o % Math.Max(inputs - 1, 1))], strict);
        var weight = new TensorSlot("weight", 0, outputs, inputs, Initialization.UniformWeight, inputs, 0, mask);
        (InnerRange[] Outputs, InnerRange[] Inputs) ranges = (MaskRanges.OfOutputs(weight), MaskRanges.OfInputs(weight));
        bool Reads(int i) => In(ranges.Outputs, i / inputs, i % inputs) || In(ranges.Inputs, i % inputs, i / inputs);
        GuardedBuffer w = GuardedBuffer.Random(outputs * inputs, Reads, random), zeros = new(outputs * inputs);
        for (int i = 0; i < w.Length; i++)
        {
            bool sees = mask.Allows(i / inputs, i % inputs);
            Assert.That(!sees || Reads(i));
            if (Reads(i) && !sees) w.Pointer[i] = 0;
            zeros.Pointer[i] = sees ? w.Pointer[i] : 0;
        }

        GuardedBuffer a = GuardedBuffer.Random(inputs * stride, i => i % stride < samples, random);
        GuardedBuffer d = GuardedBuffer.Random(outputs * stride, i => i % stride < samples, random);
        AssertSame(
            (weights, product, some) => Matrix.Multiply<TLanes>(
                weights.Pointer, inputs, 1, outputs, inputs, a.Pointer, product.Pointer, stride, samples, null,
                ranges: some ? ranges.Outputs : []),
            outputs * stride);
        AssertSame(
            (weights, product, some) => Matrix.Multiply<TLanes>(
                weights.Pointer, 1, inputs, inputs, outputs, d.Pointer, product.Pointer, stride, samples, null,
                ranges: some ? ranges.Inputs : []),
            inputs * stride);

        GuardedBuffer whole = new(outputs * inputs), part = new(outputs * inputs);
        Matrix.WeightGradient<TLanes>(d.Pointer, a.Pointer, whole.Pointer, outputs, inputs, stride, samples);
        Matrix.WeightGradient<TLanes>(d.Pointer, a.Pointer, part.Pointer, outputs, inputs, stride, samples, ranges.Outputs);
        part.Untouched(i => In(ranges.Outputs, i / inputs, i % inputs), "gradient");
        for (int i = 0; i < part.Length; i++)
        {
            if (mask.Allows(i / inputs, i % inputs)) Assert.That(part.Pointer[i], Is.EqualTo(whole.Pointer[i]));
        }

        static bool In(InnerRange[] ranges, int row, int column) =>
            column >= ranges[row / 4].First && column < ranges[row / 4].End;

        void AssertSame(Action<GuardedBuffer, GuardedBuffer, bool> multiply, int length)
        {
            GuardedBuffer expected = new(length), actual = new(length);
            multiply(zeros, expected, false);
            multiply(w, actual, true);
            for (int i = 0; i < length; i++)
            {
                if (i % stride < samples) Assert.That(actual.Pointer[i], Is.EqualTo(expected.Pointer[i]).And.Not.NaN);
            }
        }
    }

    [Test]
    public void Squared_distances_and_their_gradients_are_those_of_loops([Values] bool fromTarget, [Values(1, 3, 8, 37)] int width)
    {
        foreach (int samples in Samples)
        {
            int stride = samples + 3;
            var random = new System.Random(width + samples);
            GuardedBuffer output = GuardedBuffer.Random(width * stride, i => i % stride < samples, random);
            GuardedBuffer target = GuardedBuffer.Random(width * stride, i => i % stride < samples, random);
            GuardedBuffer center = GuardedBuffer.Random(width, _ => true, random);
            GuardedBuffer factors = GuardedBuffer.Random(samples, _ => true, random);
            GuardedBuffer distances = new(samples), gradient = new(width * stride);
            if (fromTarget)
                Distance.FromTarget<TLanes>(output.Pointer, target.Pointer, width, stride, samples, distances.Pointer);
            else
                Distance.FromCenter<TLanes>(output.Pointer, center.Pointer, width, stride, samples, distances.Pointer);
            Distance.Gradient<TLanes>(
                output.Pointer, fromTarget ? target.Pointer : null, center.Pointer, factors.Pointer, width, stride, samples,
                gradient.Pointer);
            distances.Untouched(_ => true, "distances");
            gradient.Untouched(i => i % stride < samples, "gradient");
            (double[] Distances, double[] Gradient) exact = Loops<double>();
            (float[] Distances, float[] Gradient) naive = Loops<float>();
            Check(distances, samples, samples, exact.Distances, [naive.Distances], $"distances of {samples}");
            Check(gradient, stride, samples, exact.Gradient, [naive.Gradient], $"gradient of {samples}");

            (T[] Distances, T[] Gradient) Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] o = output.Values<T>(), t = target.Values<T>(), c = center.Values<T>(), f = factors.Values<T>();
                T[] sums = new T[samples], slopes = new T[width * samples];
                for (int i = 0; i < slopes.Length; i++)
                {
                    (int j, int s) = (i / samples, i % samples);
                    T difference = o[(j * stride) + s] - (fromTarget ? t[(j * stride) + s] : c[j]);
                    sums[s] += difference * difference;
                    slopes[i] = T.CreateChecked(2) * f[s] * difference;
                }

                return (sums, slopes);
            }
        }
    }

    // Rows of `samples` numbers each, `stride` apart, against the same without gaps.
    private static void Check(GuardedBuffer actual, int stride, int samples, double[] exact, float[][] naive, string what)
    {
        float[] dense = [.. Enumerable.Range(0, exact.Length).Select(i => actual.Span[(i / samples * stride) + (i % samples)])];
        Tolerance.Check(dense, exact, naive, what);
    }
}
