using System.Numerics;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// What stands behind a convolution, on one channel of a block, on every vector width and every number of samples in it: against
/// scalar loops over double, with NaN around every buffer and between the pixels of an activation.
/// </summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class ChannelActivationTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private static readonly (int Height, int Width)[] _shapes = [(2, 2), (2, 6), (4, 4), (6, 2), (14, 10)];

    private static readonly ChannelMap[] s_maps =
    [
        ChannelMap.Plain(1), ChannelMap.Plain(0.01f), new(0.3f, 1.75f, 1.75f, 0, 0.01f), new(-0.2f, 0.7f, -1.3f, 0.4f, 0.01f),
    ];

    private static int Lanes => TLanes.Count;

    // Random numbers, or few different ones, so that many windows have several largest.
    private static IEnumerable<(int Height, int Width, int Samples, ChannelMap Map, bool Ties)> Cases =>
        from shape in _shapes
        from samples in Enumerable.Range(1, Lanes)
        from map in s_maps
        from ties in new[] { false, true }
        select (shape.Height, shape.Width, samples, map, ties);

    [Test]
    public void Outputs_are_those_of_loops_and_zero_past_the_batch([Values] bool pool)
    {
        foreach ((int height, int width, int samples, ChannelMap map, bool ties) in Cases)
        {
            int pixels = height * width / (pool ? 4 : 1), stride = Lanes + 3;
            GuardedBuffer z = Channel(height, width, ties), output = new(pixels * stride);
            ChannelActivation.Forward<TLanes>(z.Pointer, map, height, width, pool, samples, output.Pointer, stride);
            output.Untouched(i => i % stride < Lanes, "output");
            Tolerance.Check(
                Dense(output, pixels, stride), Forward<double>(z, map, height, width, pool, samples),
                [Forward<float>(z, map, height, width, pool, samples)], $"{height} x {width}, {samples} samples, {map}");
        }
    }

    [Test]
    public void In_training_pooled_outputs_are_the_same_bits_and_the_largest_are_kept()
    {
        foreach ((int height, int width, int samples, ChannelMap map, bool ties) in Cases)
        {
            int windows = height * width / 4, stride = Lanes + 3;
            GuardedBuffer z = Channel(height, width, ties), largest = new(windows * Lanes);
            GuardedBuffer[] outputs = [new(windows * stride), new(windows * stride)];
            ChannelActivation.Forward<TLanes>(z.Pointer, map, height, width, pool: true, samples, outputs[0].Pointer, stride);
            ChannelActivation.ForwardPooled<TLanes>(z.Pointer, map, height, width, samples, outputs[1].Pointer, stride, largest.Pointer);
            outputs[1].Untouched(i => i % stride < Lanes, "output");
            largest.Untouched(_ => true, "largest");
            string what = $"{height} x {width}, {samples} samples, {map}";
            Assert.That(Dense(outputs[1], windows, stride), Is.EqualTo(Dense(outputs[0], windows, stride)), what);
            Assert.That(largest.Span.ToArray(), Is.EqualTo(Winners(Mapped<float>(z, map), height, width).Select(n => z.Pointer[n])), what);
        }
    }

    [Test]
    public void Sums_of_gradients_are_those_of_loops([Values] bool pool)
    {
        foreach ((int height, int width, int samples, ChannelMap map, bool ties) in Cases)
        {
            int pixels = height * width / (pool ? 4 : 1), stride = Lanes + 3;
            GuardedBuffer z = Channel(height, width, ties), gradient = Gradient(pixels, stride, samples);
            GuardedBuffer read = pool ? Largest(z, map, height, width) : z;
            (float sum, float product) = ChannelActivation.Sums<TLanes>(read.Pointer, map, pixels, gradient.Pointer, stride);
            Tolerance.Check(
                [sum, product], Sums<double>(0), [.. Enumerable.Range(0, 6).Select(Sums<float>)],
                $"{height} x {width}, {samples} samples, {map}");

            // In any order.
            T[] Sums<T>(int seed)
                where T : IFloatingPointIeee754<T>
            {
                T[] dy = Bent<T>(z, gradient, map, height, width, pool, samples), normalized = Normalized<T>(z, map);
                int[] order = [.. Enumerable.Range(0, dy.Length)];
                if (seed > 0) new System.Random(seed).Shuffle(order);
                var sums = new T[2];
                foreach (int n in order)
                {
                    sums[0] += dy[n];
                    sums[1] += dy[n] * normalized[n];
                }

                return sums;
            }
        }
    }

    [Test]
    public void Gradients_are_those_of_loops_and_zero_past_the_batch([Values] bool pool, [Values(0, 4)] int gap)
    {
        const float meanGradient = 0.125f, meanProduct = -0.25f;
        foreach ((int height, int width, int samples, ChannelMap map, bool ties) in Cases)
        {
            int pixels = height * width / (pool ? 4 : 1), stride = Lanes + 3, row = (width + gap) * Lanes;
            GuardedBuffer z = Channel(height, width, ties), gradient = Gradient(pixels, stride, samples), dz = new(height * row);
            float sum = ChannelActivation.Backward<TLanes>(
                z.Pointer, width * Lanes, map, height, width, pool, gradient.Pointer, width / (pool ? 2 : 1) * stride, stride, meanGradient,
                meanProduct, samples, dz.Pointer, row);
            dz.Untouched(i => i % row < width * Lanes, "dz");
            float[] actual = [.. Enumerable.Range(0, dz.Length).Where(i => i % row < width * Lanes).Select(i => dz.Pointer[i])];
            double[] exact = Loops<double>();
            string what = $"{height} x {width}, {samples} samples, {map}";
            Tolerance.Check(actual, exact, [Loops<float>()], what);
            Assert.That(actual.Where((_, n) => n % Lanes >= samples), Has.All.Zero);
            float[][] naive = [.. Enumerable.Range(1, 6).Select(seed =>
            {
                float[] terms = Loops<float>();
                new System.Random(seed).Shuffle(terms);
                return new[] { terms.Aggregate(0f, (total, term) => total + term) };
            })];
            Tolerance.Check([sum], [exact.Sum()], naive, $"sum of {what}");

            T[] Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] dy = Bent<T>(z, gradient, map, height, width, pool, samples), normalized = Normalized<T>(z, map);
                return
                [
                    .. dy.Select((d, n) => n % Lanes >= samples ? T.Zero : T.CreateChecked(map.Scale)
                        * (d - T.CreateChecked(meanGradient) - (normalized[n] * T.CreateChecked(meanProduct)))),
                ];
            }
        }
    }

    [Test]
    public void Of_several_largest_in_a_window_the_first_gets_the_gradient()
    {
        // Each lane has another pattern of ties; the first of the largest wins.
        float[][] windows =
        [
            [5, 5, 5, 5], [1, 5, 5, 5], [1, 2, 5, 5], [1, 2, 3, 5], [5, 1, 5, 2], [-5, -5, -7, -5], [0, -0f, 0, 0], [1, 3, 2, 3],
        ];
        int[] winners = [0, 1, 2, 3, 0, 0, 0, 1];
        GuardedBuffer z = new(4 * Lanes), gradient = new(Lanes), dz = new(4 * Lanes);
        gradient.Span.Fill(2);
        for (int first = 0; first < windows.Length; first += Lanes)
        {
            for (int n = 0; n < z.Length; n++) z.Pointer[n] = windows[(first + (n % Lanes)) % windows.Length][n / Lanes];
            ChannelActivation.Backward<TLanes>(
                z.Pointer, 2 * Lanes, ChannelMap.Plain(1), 2, 2, true, gradient.Pointer, Lanes, Lanes, 0, 0, Lanes, dz.Pointer, 2 * Lanes);
            for (int n = 0; n < dz.Length; n++)
            {
                int winner = winners[(first + (n % Lanes)) % windows.Length];
                string what = $"window {first + (n % Lanes)}, pixel {n / Lanes}";
                Assert.That(dz.Pointer[n], Is.EqualTo(n / Lanes == winner ? 2f : 0), what);
            }
        }
    }

    [Test]
    public void Columns_are_those_of_the_whole_channel([Values] bool pool)
    {
        foreach ((int height, int width, int samples, ChannelMap map, bool ties) in Cases.Where(c => c.Width > 2))
        {
            int pixels = height * width / (pool ? 4 : 1), stride = Lanes + 3, row = width * Lanes, gradientRow = width / (pool ? 2 : 1) * stride;
            GuardedBuffer z = Channel(height, width, ties), gradient = Gradient(pixels, stride, samples);
            float[] whole = Backward(0, width);
            for (int x = 0; x < width; x += 2)
            {
                int first = x * Lanes;
                Assert.That(
                    Backward(x, 2), Is.EqualTo(whole.Where((_, i) => i % row >= first && i % row < first + (2 * Lanes))),
                    $"{height} x {width}, {samples} samples, {map}, column {x}");
            }

            float[] Backward(int x, int columns)
            {
                GuardedBuffer dz = new(height * columns * Lanes);
                ChannelActivation.Backward<TLanes>(
                    z.Pointer + (x * Lanes), row, map, height, columns, pool, gradient.Pointer + (x / (pool ? 2 : 1) * stride), gradientRow, stride,
                    0.125f, -0.25f, samples, dz.Pointer, columns * Lanes);
                dz.Untouched(_ => true, "dz");
                return dz.Span.ToArray();
            }
        }
    }

    [Test]
    public void Without_batch_norm_what_was_chosen_or_came_out_leads_back_to_the_same_bits([Values] bool pool, [Values(1f, 0.01f, 0f)] float slope)
    {
        var map = ChannelMap.Plain(slope);
        foreach ((int height, int width, int samples, _, bool ties) in Cases.DistinctBy(c => c with { Map = map }))
        {
            int pixels = height * width / (pool ? 4 : 1), stride = Lanes + 3, row = width * Lanes, scale = pool ? 2 : 1;
            int gradientRow = width / scale * stride, choicesRow = width / 2 * Lanes;
            GuardedBuffer z = Channel(height, width, ties), gradient = Gradient(pixels, stride, samples), choices = new(height * choicesRow / 2);
            GuardedBuffer[] outputs = [new(pixels * stride), new(pixels * stride)], dz = [new(height * row), new(height * row)];
            ChannelActivation.Forward<TLanes>(z.Pointer, map, height, width, pool, samples, outputs[0].Pointer, stride);
            float expected = ChannelActivation.Backward<TLanes>(
                z.Pointer, row, map, height, width, pool, gradient.Pointer, gradientRow, stride, 0, 0, samples, dz[0].Pointer, row);
            string what = $"{height} x {width}, {samples} samples";
            if (pool)
            {
                WindowChoice.Forward<TLanes>(z.Pointer, slope, height, width, samples, outputs[1].Pointer, stride, choices.Pointer);
                outputs[1].Untouched(i => i % stride < Lanes, "output");
                choices.Untouched(_ => true, "choices");
                Assert.That(Dense(outputs[1], pixels, stride), Is.EqualTo(Dense(outputs[0], pixels, stride)), what);
            }

            Assert.That(Backward(0, width, dz[1].Pointer), Is.EqualTo(expected), what);
            Assert.That(dz[1].Span.ToArray(), Is.EqualTo(dz[0].Span.ToArray()), what);
            for (int x = 0; x < width; x += 2)
            {
                GuardedBuffer strip = new(height * 2 * Lanes);
                Backward(x, 2, strip.Pointer);
                strip.Untouched(_ => true, "dz");
                int first = x * Lanes;
                Assert.That(
                    strip.Span.ToArray(), Is.EqualTo(dz[0].Span.ToArray().Where((_, i) => i % row >= first && i % row < first + (2 * Lanes))),
                    $"{what}, column {x}");
            }

            float Backward(int x, int columns, float* target) => pool
                ? WindowChoice.Backward<TLanes>(
                    choices.Pointer + (x / 2 * Lanes), choicesRow, slope, height, columns, gradient.Pointer + (x / 2 * stride), gradientRow, stride,
                    target, columns * Lanes)
                : ChannelActivation.BackwardOfOutput<TLanes>(
                    outputs[0].Pointer + (x * stride), slope, height, columns, gradient.Pointer + (x * stride), gradientRow, stride, target,
                    columns * Lanes);
        }
    }

    [Test]
    public void A_window_of_nothing_but_NaN_stays_NaN_and_spoils_no_other_sample()
    {
        GuardedBuffer z = Channel(2, 2, ties: false), output = new(Lanes);
        for (int pixel = 0; pixel < 4; pixel++) z.Pointer[pixel * Lanes] = float.NaN;
        ChannelActivation.Forward<TLanes>(z.Pointer, ChannelMap.Plain(0.01f), 2, 2, true, Lanes, output.Pointer, Lanes);
        Assert.That(output.Span.ToArray().Select(float.IsNaN), Is.EqualTo(Enumerable.Range(0, Lanes).Select(lane => lane == 0)));
    }

    [Test]
    public void Moments_of_blocks_put_together_are_those_of_all()
    {
        foreach (int pixels in new[] { 1, 3, 49, 784 })
        {
            foreach (int samples in new[] { 2, 3, Lanes, Lanes + 1, (3 * Lanes) - 1 })
            {
                var random = new System.Random(pixels + samples);
                var moments = default(ChannelMoments);
                List<double> values = [];
                for (int s = 0; s < samples; s += Lanes)
                {
                    // Lanes past the batch hold the same number everywhere, as a convolution of zeros leaves them.
                    int lanes = Math.Min(Lanes, samples - s);
                    GuardedBuffer block = GuardedBuffer.Random(pixels * Lanes, i => i % Lanes < lanes, random);
                    foreach (ref float value in block.Span) value = float.IsNaN(value) ? 7 : 3 + (0.1f * value);
                    values.AddRange(block.Values<double>().Where((_, i) => i % Lanes < lanes));
                    (double mean, double squares) = Reduce.Moments<TLanes>(block.Pointer, pixels, lanes);
                    block.Untouched(_ => true, "block");
                    moments.Add(pixels * lanes, mean, squares);
                }

                float[][] naive =
                    [.. Enumerable.Range(0, 6).Select(seed => Naive([.. values.Select(value => (float)value)], seed))];
                double center = values.Average(), squared = values.Sum(value => (value - center) * (value - center));
                Assert.That(moments.Count, Is.EqualTo(values.Count));
                string what = $"{pixels} pixels, {samples} samples";
                Tolerance.Check([(float)moments.Mean], [center], [.. naive.Select(pair => pair[..1])], $"mean of {what}");
                Tolerance.Check([(float)moments.Squares], [squared], [.. naive.Select(pair => pair[1..])], $"squares of {what}");
            }
        }

        static float[] Naive(float[] values, int seed)
        {
            if (seed > 0) new System.Random(seed).Shuffle(values);
            float mean = values.Aggregate(0f, (sum, value) => sum + value) / values.Length;
            return [mean, values.Aggregate(0f, (sum, value) => sum + ((value - mean) * (value - mean)))];
        }
    }

    // The z of each window's first largest y.
    private static GuardedBuffer Largest(GuardedBuffer z, ChannelMap map, int height, int width)
    {
        GuardedBuffer largest = new(height * width / 4 * Lanes);
        int[] winners = [.. Winners(Mapped<float>(z, map), height, width)];
        for (int i = 0; i < winners.Length; i++) largest.Pointer[i] = z.Pointer[winners[i]];
        return largest;
    }

    private static T[] Forward<T>(GuardedBuffer z, ChannelMap map, int height, int width, bool pool, int samples)
        where T : IFloatingPointIeee754<T>
    {
        T[] y = Mapped<T>(z, map);
        IEnumerable<int> places = pool ? Winners(y, height, width) : Enumerable.Range(0, y.Length);
        return [.. places.Select(n => n % Lanes >= samples ? T.Zero : y[n] > T.Zero ? y[n] : y[n] * T.CreateChecked(map.Slope))];
    }

    // The gradient behind ReLU and pooling.
    private static T[] Bent<T>(
        GuardedBuffer z, GuardedBuffer gradient, ChannelMap map, int height, int width, bool pool, int samples)
        where T : IFloatingPointIeee754<T>
    {
        T[] y = Mapped<T>(z, map), d = gradient.Values<T>(), dy = new T[y.Length];
        int[] places = [.. pool ? Winners(y, height, width) : Enumerable.Range(0, y.Length)];
        for (int i = 0; i < places.Length; i++)
        {
            T value = d[(i / Lanes * (Lanes + 3)) + (i % Lanes)];
            if (i % Lanes < samples) dy[places[i]] = y[places[i]] > T.Zero ? value : value * T.CreateChecked(map.Slope);
        }

        return dy;
    }

    // Of each window, lane by lane, where its first largest number is.
    private static IEnumerable<int> Winners<T>(T[] y, int height, int width)
        where T : IFloatingPointIeee754<T>
    {
        for (int window = 0; window < height * width / 4; window++)
        {
            int first = (window / (width / 2) * 2 * width) + (window % (width / 2) * 2);
            for (int lane = 0; lane < Lanes; lane++)
            {
                int best = (first * Lanes) + lane;
                foreach (int pixel in new[] { first + 1, first + width, first + width + 1 })
                {
                    if (y[(pixel * Lanes) + lane] > y[best]) best = (pixel * Lanes) + lane;
                }

                yield return best;
            }
        }
    }

    private static T[] Mapped<T>(GuardedBuffer z, ChannelMap map)
        where T : IFloatingPointIeee754<T>
    {
        (T mean, T scale, T shift) = (T.CreateChecked(map.Mean), T.CreateChecked(map.Scale), T.CreateChecked(map.Shift));
        return [.. z.Values<T>().Select(x => ((x - mean) * scale) + shift)];
    }

    private static T[] Normalized<T>(GuardedBuffer z, ChannelMap map)
        where T : IFloatingPointIeee754<T> =>
        [.. z.Values<T>().Select(x => (x - T.CreateChecked(map.Mean)) * T.CreateChecked(map.Inverse))];

    private static GuardedBuffer Channel(int height, int width, bool ties)
    {
        GuardedBuffer z = GuardedBuffer.Random(height * width * Lanes, _ => true, new System.Random((100 * height) + width));
        if (!ties) return z;
        foreach (ref float value in z.Span) value = MathF.Round(value);
        return z;
    }

    // Zero past the batch, as the layer behind leaves it.
    private static GuardedBuffer Gradient(int pixels, int stride, int samples)
    {
        GuardedBuffer gradient = GuardedBuffer.Random(pixels * stride, i => i % stride < Lanes, new System.Random(pixels));
        for (int i = 0; i < gradient.Length; i++)
        {
            if (i % stride >= samples && i % stride < Lanes) gradient.Pointer[i] = 0;
        }

        return gradient;
    }

    private static float[] Dense(GuardedBuffer buffer, int pixels, int stride) =>
        [.. Enumerable.Range(0, pixels * Lanes).Select(n => buffer.Pointer[(n / Lanes * stride) + (n % Lanes)])];
}
