using System.Numerics;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// Kernels over the samples of one feature, on every vector width and every length: against scalar loops over double, with
/// NaN in all lanes that a kernel may not read and guards around what it may write.
/// </summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class KernelTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private static IEnumerable<int> Lengths => Enumerable.Range(1, 256);

    [Test]
    public void Sums_are_those_of_a_loop()
    {
        foreach (int samples in Lengths)
        {
            GuardedBuffer x = Feature(samples, 0);
            float sum = Reduce.Sum<TLanes>(x.Pointer, samples);
            Tolerance.Check([sum], [Exact(x, samples).Sum()], Orders(samples, order => new[] { order.Aggregate(0f, (s, i) => s + x.Pointer[i]) }), $"{samples} samples");
        }
    }

    [Test]
    public void Activation_forward_scales_shifts_bends_and_clears_the_lanes_past_the_batch([Values] bool inPlace)
    {
        foreach (int samples in Lengths)
        {
            GuardedBuffer x = Feature(samples, float.NaN), y = inPlace ? x : new GuardedBuffer(Padded(samples));
            double[] exact = Bend<double>(x.Values<double>());
            float[] naive = Bend<float>(x.Values<float>());
            Activate.Forward<TLanes>(x.Pointer, y.Pointer, samples, 1.5f, -0.25f, 0.01f);
            Tolerance.Check(y.Span[..samples], exact.AsSpan(0, samples), [naive[..samples]], $"{samples} samples");
            CheckCleared(y, samples);
        }

        static T[] Bend<T>(T[] x)
            where T : IFloatingPointIeee754<T> => [.. x.Select(value =>
            {
                T y = (T.CreateChecked(1.5f) * value) + T.CreateChecked(-0.25f);
                return y > T.Zero ? y : y * T.CreateChecked(0.01f);
            })];
    }

    [Test]
    public void Activation_backward_multiplies_by_the_slope_where_the_output_is_not_positive()
    {
        foreach (int samples in Lengths)
        {
            GuardedBuffer output = Feature(samples, float.NaN), gradient = Feature(samples, 0, seed: 1);
            output.Pointer[0] = 0;
            float[] expected = [.. gradient.Span[..samples].ToArray().Select((g, s) => output.Pointer[s] > 0 ? g : g * 0.01f)];
            Activate.Backward<TLanes>(output.Pointer, gradient.Pointer, samples, 0.01f);
            Assert.That(gradient.Span[..samples].ToArray(), Is.EqualTo(expected));
            CheckCleared(gradient, samples);
        }
    }

    [Test]
    public void A_sigmoid_follows_the_formula_and_clears_the_lanes_past_its_numbers([Values] bool inPlace)
    {
        foreach (int length in Lengths)
        {
            GuardedBuffer x = Feature(length, float.NaN), z = inPlace ? x : new GuardedBuffer(Padded(length));
            double[] exact = Of(x.Values<double>());
            float[] naive = Of(x.Values<float>());
            Sigmoid.Forward<TLanes>(x.Pointer, z.Pointer, length);
            Tolerance.Check(z.Span[..length], exact.AsSpan(0, length), [naive[..length]], $"{length} numbers");
            CheckCleared(z, length);
            GuardedBuffer dz = Feature(length, 0, seed: 1), dx = inPlace ? dz : new GuardedBuffer(Padded(length));
            exact = Slope(z.Values<double>(), dz.Values<double>());
            naive = Slope(z.Values<float>(), dz.Values<float>());
            Sigmoid.Backward<TLanes>(z.Pointer, dz.Pointer, dx.Pointer, length);
            Tolerance.Check(dx.Span[..length], exact.AsSpan(0, length), [naive[..length]], $"{length} gradients");
            CheckCleared(dx, length);
        }

        static T[] Of<T>(T[] x)
            where T : IFloatingPointIeee754<T> => [.. x.Select(value => T.One / (T.One + T.Exp(-value)))];

        static T[] Slope<T>(T[] z, T[] dz)
            where T : IFloatingPointIeee754<T> => [.. z.Zip(dz, (value, slope) => slope * (value * (T.One - value)))];
    }

    [Test]
    public void A_sigmoid_far_from_zero_is_0_or_1_passes_no_gradient_there_and_keeps_NaN()
    {
        float[] values = [-1000, float.NegativeInfinity, 1000, float.PositiveInfinity, 0, float.NaN];
        GuardedBuffer x = Padded(values), dz = Padded([3, 3, 3, 3, 4, 3]);
        Sigmoid.Forward<TLanes>(x.Pointer, x.Pointer, values.Length);
        Assert.That(x.Span[..values.Length].ToArray(), Is.EqualTo((float[])[0, 0, 1, 1, 0.5f, float.NaN]));
        Sigmoid.Backward<TLanes>(x.Pointer, dz.Pointer, dz.Pointer, values.Length);
        Assert.That(dz.Span[..values.Length].ToArray(), Is.EqualTo((float[])[0, 0, 0, 0, 1, float.NaN]));
    }

    [Test]
    public void Behind_a_relu_no_gradient_is_nearly_zero_and_NaN_stays()
    {
        float[] values = [1e-36f, -1e-36f, MathF.BitDecrement(1e-36f), 2e-38f, float.Epsilon, -1e-40f, float.NaN, 0];
        GuardedBuffer output = Feature(values.Length, 0), gradient = Feature(values.Length, 0);
        for (int s = 0; s < values.Length; s++) (output.Pointer[s], gradient.Pointer[s]) = (1, values[s]);
        Activate.Backward<TLanes>(output.Pointer, gradient.Pointer, values.Length, 0.01f);
        Assert.That(gradient.Span[..values.Length].ToArray(), Is.EqualTo((float[])[1e-36f, -1e-36f, 0, 0, 0, 0, float.NaN, 0]));
        CheckCleared(gradient, values.Length);
    }

    [Test]
    public void A_NaN_stays_a_NaN_through_the_activation()
    {
        GuardedBuffer x = Feature(37, 0);
        x.Pointer[20] = float.NaN;
        Activate.Forward<TLanes>(x.Pointer, x.Pointer, 37, 1, 0, 0.01f);
        Assert.That(Enumerable.Range(0, 37).Where(s => float.IsNaN(x.Pointer[s])), Is.EqualTo(new[] { 20 }));
    }

    [Test]
    public void Batch_norm_forward_normalises_and_moves_the_running_statistics([Values] bool flow)
    {
        float epsilon = flow ? 1e-5f : 1e-4f;
        foreach (int samples in Lengths.Where(samples => samples > 1))
        {
            GuardedBuffer z = Feature(samples, float.NaN);
            double[] x = Exact(z, samples);
            Normalized<double> exact = Normalize(x, flow, epsilon);
            Normalized<float>[] naive = Orders(samples, order => Normalize<float>([.. order.Select(i => (float)x[i])], flow, epsilon), order =>
                result => result with { Values = Unshuffle(result.Values, order) });
            float mean = 0.5f, variance = 2;
            float inverse = BatchNormalization.Forward<TLanes>(
                z.Pointer, samples, flow ? samples - 1 : samples, epsilon, 0.1f, ref mean, ref variance);
            Tolerance.Check(z.Span[..samples], exact.Values, [.. naive.Select(n => n.Values)], $"normalised, {samples} samples");
            Tolerance.Check(
                [inverse, mean, variance], exact.Statistics, [.. naive.Select(n => n.Statistics)], $"statistics, {samples} samples");
            CheckCleared(z, samples);
        }
    }

    [Test]
    public void Batch_norm_backward_takes_out_mean_and_projection()
    {
        foreach (int samples in Lengths.Where(samples => samples > 1))
        {
            GuardedBuffer dy = Feature(samples, 0), normalized = Feature(samples, 0, seed: 1);
            double[] d = Exact(dy, samples), hat = Exact(normalized, samples);
            Normalized<double> exact = Backward(d, hat);
            Normalized<float>[] naive = Orders(
                samples, order => Backward<float>([.. order.Select(i => (float)d[i])], [.. order.Select(i => (float)hat[i])]),
                order => result => result with { Values = Unshuffle(result.Values, order) });
            (float scale, float shift) = BatchNormalization.Backward<TLanes>(dy.Pointer, normalized.Pointer, samples, 1.75f);
            Tolerance.Check(dy.Span[..samples], exact.Values, [.. naive.Select(n => n.Values)], $"dz, {samples} samples");
            Tolerance.Check([scale, shift], exact.Statistics, [.. naive.Select(n => n.Statistics)], $"{samples} samples");
            CheckCleared(dy, samples);
        }
    }

    [Test]
    public void Flow_batch_norm_backward_also_takes_out_what_the_log_determinant_pulls([Values] bool inPlace)
    {
        foreach (int samples in Lengths.Where(samples => samples > 1))
        {
            GuardedBuffer dy = Feature(samples, 0), normalized = Feature(samples, 0, seed: 1);
            GuardedBuffer dx = inPlace ? dy : new GuardedBuffer(Padded(samples));
            double[] d = Exact(dy, samples), hat = Exact(normalized, samples);
            Normalized<double> exact = FlowBackward(d, hat);
            Normalized<float>[] naive = Orders(
                samples, order => FlowBackward<float>([.. order.Select(i => (float)d[i])], [.. order.Select(i => (float)hat[i])]),
                order => result => result with { Values = Unshuffle(result.Values, order) });
            (float logScale, float shift) = BatchNormalization.FlowBackward<TLanes>(
                dy.Pointer, normalized.Pointer, dx.Pointer, samples, 1.75f, 0.5f, 0.875f);
            Tolerance.Check(dx.Span[..samples], exact.Values, [.. naive.Select(n => n.Values)], $"dx, {samples} samples");
            Tolerance.Check([logScale, shift], exact.Statistics, [.. naive.Select(n => n.Statistics)], $"{samples} samples");
            CheckCleared(dx, samples);
        }
    }

    [Test]
    public void Losses_are_weighted_sums_and_factors_their_derivatives([Values] bool soft)
    {
        const float square = 0.5f, nu = 0.3f;
        foreach (int samples in Lengths)
        {
            // Distances past the batch are whatever the padding gave, finite; only their zero weights keep them out.
            GuardedBuffer distances = Feature(samples, 123), weights = Feature(samples, 0, seed: 1), factors = new(Padded(samples));
            double[] f = Exact(distances, samples), w = Exact(weights, samples);
            float loss = soft
                ? SampleLoss.SoftBoundary<TLanes>(distances.Pointer, weights.Pointer, factors.Pointer, samples, square, nu)
                : SampleLoss.Plain<TLanes>(distances.Pointer, weights.Pointer, factors.Pointer, samples);
            double[] terms = [.. f.Select((value, s) => w[s] * Loss(value))];
            float[][] naive = Orders(
                samples, order => new[] { order.Aggregate(0f, (sum, s) => sum + ((float)w[s] * Loss((float)f[s]))) });
            Tolerance.Check([loss], [terms.Sum()], naive, $"loss, {samples} samples");
            double[] expected = [.. f.Select((value, s) => !soft || value > square ? w[s] / samples : 0)];
            float[] naiveFactors = [.. f.Select((value, s) => !soft || value > square ? (float)w[s] / samples : 0)];
            Tolerance.Check(factors.Span[..samples], expected, [naiveFactors], $"factors, {samples} samples");
            CheckCleared(factors, samples);
        }

        T Loss<T>(T f)
            where T : IFloatingPointIeee754<T>
        {
            T radius = T.CreateChecked(square);
            return soft ? (T.CreateChecked(nu) * radius) + (f > radius ? f - radius : T.Zero) : f;
        }
    }

    [Test]
    public void A_NaN_distance_makes_a_NaN_loss_even_at_weight_zero([Values] bool soft, [Values(0f, 1f)] float weight)
    {
        GuardedBuffer distances = Feature(37, 0), weights = Feature(37, 0), factors = new(Padded(37));
        (distances.Pointer[30], weights.Pointer[30]) = (float.NaN, weight);
        float loss = soft
            ? SampleLoss.SoftBoundary<TLanes>(distances.Pointer, weights.Pointer, factors.Pointer, 37, 1, 0.1f)
            : SampleLoss.Plain<TLanes>(distances.Pointer, weights.Pointer, factors.Pointer, 37);
        Assert.That(loss, Is.NaN);
    }

    [Test]
    public void Adam_steps_like_the_formula([Values(1, 2, 10, 1000)] int step, [Values(0f, 0.01f)] float decay)
    {
        const double rate = 1e-3;
        foreach (int length in Lengths)
        {
            GuardedBuffer p = Feature(length, 0), g = Feature(length, 0, 1), m = Feature(length, 0, 2), v = Feature(length, 0, 3);
            foreach (ref float value in v.Span) value *= value;
            (double[] P, double[] M, double[] V) exact = Step<double>();
            (float[] P, float[] M, float[] V) naive = Step<float>();
            Adam.Step<TLanes>(
                p.Pointer, g.Pointer, null, m.Pointer, v.Pointer, length, AdamRates.Of(step, rate, decay));
            Tolerance.Check(p.Span[..length], exact.P, [naive.P], "p");
            Tolerance.Check(m.Span[..length], exact.M, [naive.M], "m");
            Tolerance.Check(v.Span[..length], exact.V, [naive.V], "v");
            foreach (GuardedBuffer buffer in new[] { p, g, m, v }) CheckCleared(buffer, length);

            (T[] P, T[] M, T[] V) Step<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] p1 = p.Values<T>()[..length], m1 = m.Values<T>()[..length], v1 = v.Values<T>()[..length], g1 = g.Values<T>();
                T beta1 = T.CreateChecked(0.9), beta2 = T.CreateChecked(0.999), t = T.CreateChecked(step);
                for (int i = 0; i < length; i++)
                {
                    T gradient = g1[i] + (T.CreateChecked(decay) * p1[i]);
                    m1[i] = (beta1 * m1[i]) + ((T.One - beta1) * gradient);
                    v1[i] = (beta2 * v1[i]) + ((T.One - beta2) * gradient * gradient);
                    T first = m1[i] / (T.One - T.Pow(beta1, t)), second = v1[i] / (T.One - T.Pow(beta2, t));
                    p1[i] -= T.CreateChecked(rate) * first / (T.Sqrt(second) + T.CreateChecked(1e-8));
                }

                return (p1, m1, v1);
            }
        }
    }

    [Test]
    public void Adam_takes_away_what_the_mask_covers_whatever_it_is_and_steps_as_without_it()
    {
        AdamRates rates = AdamRates.Of(3, 1e-3, 0.01f);
        foreach (int length in Lengths)
        {
            GuardedBuffer mask = new(Padded(length)), bare = Feature(length, 0, 1);
            GuardedBuffer p = Feature(length, 0), m = Feature(length, 0, 2), v = Feature(length, 0, 3);
            GuardedBuffer q = Feature(length, 0), n = Feature(length, 0, 2), w = Feature(length, 0, 3);
            foreach (ref float value in v.Span) value *= value;
            v.Span.CopyTo(w.Span);
            GuardedBuffer covered = new(Padded(length));
            for (int i = 0; i < covered.Length; i++)
            {
                mask.Pointer[i] = i % 4 == 1 ? 1 : 0;
                if (i % 4 != 1) bare.Pointer[i] = 0;
                covered.Pointer[i] = (i % 4) switch { 0 => float.NaN, 3 => float.PositiveInfinity, _ => bare.Pointer[i] };
            }

            Adam.Step<TLanes>(p.Pointer, covered.Pointer, mask.Pointer, m.Pointer, v.Pointer, length, rates);
            Adam.Step<TLanes>(q.Pointer, bare.Pointer, null, n.Pointer, w.Pointer, length, rates);
            Assert.That(covered.Span.ToArray(), Is.EqualTo(bare.Span.ToArray()), "gradient");
            Assert.That(p.Span.ToArray(), Is.EqualTo(q.Span.ToArray()).And.None.NaN, "p");
            Assert.That(m.Span.ToArray(), Is.EqualTo(n.Span.ToArray()), "m");
            Assert.That(v.Span.ToArray(), Is.EqualTo(w.Span.ToArray()), "v");
            foreach (GuardedBuffer buffer in new[] { p, covered, m, v }) buffer.Untouched(_ => true, $"{length} parameters");
        }
    }

    [Test]
    public void Adams_moments_below_their_least_ones_are_dropped()
    {
        float[] first = [.. AroundLeast(1e-30f), 0, float.Epsilon, 1e-40f, 1e-38f, 1, float.NaN];
        first = [.. first, .. first.Select(moment => -moment)];
        float[] second = [.. AroundLeast(1e-36f), 0, float.Epsilon, 1e-40f, 1e-38f, 1, float.NaN];
        second = [.. second, .. second];
        GuardedBuffer m = Padded(first), v = Padded(second);
        Adam.DropLeast<TLanes>(m.Pointer, v.Pointer, first.Length);
        Assert.That(m.Span[..first.Length].ToArray(), Is.EqualTo(first.Select(moment => Dropped(moment, 1e-30f))));
        Assert.That(v.Span[..second.Length].ToArray(), Is.EqualTo(second.Select(moment => Dropped(moment, 1e-36f))));
    }

    /// <summary>
    /// Gradients that cease, all at once or shrinking by a tenth a step: parameters are to the bit those of Adam that drops
    /// nothing, whose first moments end, and stay, in the subnormal numbers.
    /// </summary>
    [Test]
    public void What_Adam_drops_moves_no_parameter_by_a_bit([Values] bool atOnce)
    {
        const int length = 37;
        GuardedBuffer p = Feature(length, 0), g = new(Padded(length)), m = new(Padded(length)), v = new(Padded(length));
        foreach (GuardedBuffer buffer in new[] { m, v }) buffer.Span.Clear();
        float[] q = p.Span.ToArray(), first = new float[q.Length], second = new float[q.Length];
        int subnormal = 0;
        for (int step = 1; step <= 1500; step++)
        {
            for (int i = 0; i < q.Length; i++)
            {
                // As gradients are that begin at no less than the least one.
                float gradient = 0.01f * (i + 1) * (float)Math.Pow(0.9, step);
                g.Pointer[i] = i >= length || (atOnce && step > 20) || gradient < 1e-30f ? 0 : gradient;
            }

            var rates = AdamRates.Of(step, 1e-3, 0);
            for (int i = 0; i < q.Length; i++) Plain(ref q[i], g.Pointer[i], ref first[i], ref second[i], rates);
            Adam.Step<TLanes>(p.Pointer, g.Pointer, null, m.Pointer, v.Pointer, length, rates);
            if (step % 64 == 0) Adam.DropLeast<TLanes>(m.Pointer, v.Pointer, length);
            Assert.That(p.Span.ToArray(), Is.EqualTo(q), $"step {step}");
            Assert.That(m.Span.ToArray().Where(float.IsSubnormal), Is.Empty, $"step {step}");
            subnormal = first.Count(float.IsSubnormal);
        }

        Assert.That(subnormal, Is.EqualTo(length));

        static void Plain(ref float p, float g, ref float m, ref float v, AdamRates rates)
        {
            g = float.MultiplyAddEstimate(rates.Decay, p, g);
            m = float.MultiplyAddEstimate(0.9f, m, (1 - 0.9f) * g);
            v = float.MultiplyAddEstimate(0.999f, v, (1 - 0.999f) * g * g);
            p -= rates.Size * m / float.MultiplyAddEstimate(MathF.Sqrt(v), rates.Correction, 1e-8f);
        }
    }

    [Test]
    public void Numbers_below_a_least_one_are_dropped_whatever_their_sign_and_NaN_is_not()
    {
        float[] values =
        [
            .. AroundLeast(1e-30f), .. AroundLeast(1e-30f).Select(value => -value), 0, -0f, float.Epsilon, -float.Epsilon, 1e-39f, -1e-39f,
            1, -1, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -float.NaN,
        ];
        GuardedBuffer x = Padded(values);
        for (int i = 0; i < x.Length; i += TLanes.Count)
            TLanes.Store(TLanes.DropBelow(TLanes.Load(x.Pointer + i), TLanes.Create(1e-30f)), x.Pointer + i);
        Assert.That(x.Span[..values.Length].ToArray(), Is.EqualTo(values.Select(value => Dropped(value, 1e-30f))));
    }

    [Test]
    public void Gradients_of_every_loss_are_zero_below_the_least_one()
    {
        // A pull of each factor alone, of distances and likelihoods.
        float[] factors = [.. AroundLeast(LeastGradient.Value), .. AroundLeast(1e-22f), 0, float.Epsilon, 1e-39f, 1e-3f];
        GuardedBuffer pulls = Padded(factors), halves = Padded([.. factors.Select(factor => factor / 2)]);
        GuardedBuffer ones = Padded([.. factors.Select(_ => 1f)]), minusOnes = Padded([.. factors.Select(_ => -1f)]);
        GuardedBuffer zeros = Padded(new float[factors.Length]), gradient = new(pulls.Length), other = new(pulls.Length);
        float[] expected = [.. factors.Select(Least)], negative = [.. expected.Select(value => -value)];

        LogLikelihood.Gradient<TLanes>(minusOnes.Pointer, pulls.Pointer, 1, pulls.Length, pulls.Length, gradient.Pointer);
        Check(gradient, negative, "likelihood");
        float center = 0;
        Distance.Gradient<TLanes>(ones.Pointer, null, &center, halves.Pointer, 1, pulls.Length, pulls.Length, gradient.Pointer);
        Check(gradient, [.. factors.Select(factor => Least(factor / 2 * 2))], "distance from the center");
        Distance.Gradient<TLanes>(zeros.Pointer, ones.Pointer, null, halves.Pointer, 1, pulls.Length, pulls.Length, gradient.Pointer);
        Check(gradient, [.. factors.Select(factor => -Least(factor / 2 * 2))], "distance from a target");

        GuardedBuffer dm = new(pulls.Length);
        AffineMap.Backward<TLanes>(
            ones.Pointer, ones.Pointer, pulls.Pointer, zeros.Pointer, dm.Pointer, gradient.Pointer, other.Pointer, 1, pulls.Length,
            factors.Length);
        Check(dm, negative, "shift of an affine map");
        Check(gradient, negative, "its scale");
        Check(other, expected, "its input");

        static float Least(float value) => Dropped(value, LeastGradient.Value);

        static void Check(GuardedBuffer actual, float[] expected, string what) =>
            Assert.That(actual.Span[..expected.Length].ToArray(), Is.EqualTo(expected), what);
    }

    private static float[] AroundLeast(float least) =>
    [
        least, MathF.BitDecrement(least), MathF.BitIncrement(least), 0.99f * least, 1.01f * least, 0.1f * least, 10 * least,
    ];

    private static float Dropped(float value, float least) => Math.Abs(value) < least ? 0 : value;

    private static GuardedBuffer Padded(float[] values)
    {
        var buffer = new GuardedBuffer(Padded(values.Length));
        buffer.Span.Clear();
        values.CopyTo(buffer.Span);
        return buffer;
    }

    private static Normalized<T> Normalize<T>(T[] z, bool unbiased, float epsilon)
        where T : IFloatingPointIeee754<T>
    {
        T n = T.CreateChecked(z.Length), mean = z.Aggregate(T.Zero, (s, x) => s + x) / n;
        T squares = z.Aggregate(T.Zero, (s, x) => s + ((x - mean) * (x - mean)));
        T variance = squares / (unbiased ? n - T.One : n);
        T inverse = T.One / T.Sqrt(variance + T.CreateChecked(epsilon)), momentum = T.CreateChecked(0.1);
        T runningMean = T.CreateChecked(0.5), runningVariance = T.CreateChecked(2);
        runningMean += momentum * (mean - runningMean);
        runningVariance += momentum * ((squares / (n - T.One)) - runningVariance);
        return new Normalized<T>([.. z.Select(x => (x - mean) * inverse)], [inverse, runningMean, runningVariance]);
    }

    private static Normalized<T> Backward<T>(T[] dy, T[] normalized)
        where T : IFloatingPointIeee754<T>
    {
        T n = T.CreateChecked(dy.Length), shift = dy.Aggregate(T.Zero, (s, x) => s + x);
        T scale = dy.Zip(normalized).Aggregate(T.Zero, (s, pair) => s + (pair.First * pair.Second));
        return new Normalized<T>(
            [.. dy.Zip(normalized, (d, hat) => T.CreateChecked(1.75) * (d - (shift / n) - (hat * scale / n)))], [scale, shift]);
    }

    // Scale 1.75, inverse 0.5 and weight 0.875.
    private static Normalized<T> FlowBackward<T>(T[] dy, T[] normalized)
        where T : IFloatingPointIeee754<T>
    {
        T n = T.CreateChecked(dy.Length), scale = T.CreateChecked(1.75), inverse = T.CreateChecked(0.5);
        T shift = dy.Aggregate(T.Zero, (s, x) => s + x);
        T logScale = dy.Zip(normalized).Aggregate(T.Zero, (s, pair) => s + (scale * pair.First * pair.Second)) - T.CreateChecked(0.875);
        return new Normalized<T>(
            [.. dy.Zip(normalized, (d, hat) => inverse * ((scale * (d - (shift / n))) - (hat * logScale / (n - T.One))))],
            [logScale, shift]);
    }

    // A feature with random samples, the lanes up to the next whole vector at the padding value.
    private static GuardedBuffer Feature(int samples, float padding, int seed = 0)
    {
        var buffer = GuardedBuffer.Random(Padded(samples), i => i < samples, new System.Random((10 * samples) + seed));
        buffer.Span[samples..].Fill(padding);
        return buffer;
    }

    private static int Padded(int samples) => (samples + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private static double[] Exact(GuardedBuffer buffer, int samples) => buffer.Values<double>()[..samples];

    private static void CheckCleared(GuardedBuffer buffer, int samples)
    {
        Assert.That(buffer.Span[samples..].ToArray(), Has.All.EqualTo(0f), $"lanes past {samples} samples");
        buffer.Untouched(_ => true, $"{samples} samples");
    }

    // The results of a naive implementation with the samples in some different orders.
    private static TResult[] Orders<TResult>(
        int samples, Func<int[], TResult> run, Func<int[], Func<TResult, TResult>>? restore = null) =>
    [
        .. Enumerable.Range(0, 8).Select(seed =>
        {
            int[] order = [.. Enumerable.Range(0, samples)];
            if (seed > 0) new System.Random(seed).Shuffle(order);
            TResult result = run(order);
            return restore is null ? result : restore(order)(result);
        }),
    ];

    private static float[] Unshuffle(float[] values, int[] order)
    {
        float[] result = new float[values.Length];
        for (int i = 0; i < order.Length; i++) result[order[i]] = values[i];
        return result;
    }

    private sealed record Normalized<T>(T[] Values, T[] Statistics);
}
