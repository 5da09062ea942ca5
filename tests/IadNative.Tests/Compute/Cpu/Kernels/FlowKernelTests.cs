using System.Numerics;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// Kernels of flows, on every vector width and every length: against scalar loops over double, with NaN between the samples
/// and the stride, where a kernel may neither read nor write.
/// </summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class FlowKernelTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private static IEnumerable<int> Lengths => Enumerable.Range(1, 256);

    private static IEnumerable<int> WholeLengths => Lengths.Where(samples => samples % TLanes.Count == 0);

    [Test]
    public void The_affine_map_forward_is_that_of_loops([Values(1, 2, 5)] int width)
    {
        foreach (int samples in Lengths)
        {
            // Up to the next whole vector there may be anything.
            int padded = Padded(samples), stride = padded + 3;
            var random = new System.Random(samples);
            GuardedBuffer x = Random(width, stride, samples, random), affine = Random(2 * width, stride, samples, random);
            GuardedBuffer before = Random(1, stride, samples, random), u = new(width * stride), scales = new(width * stride);
            GuardedBuffer after = new(stride);
            before.Span[..samples].CopyTo(after.Span);
            after.Span[samples..padded].Clear();
            AffineMap.Forward<TLanes>(
                x.Pointer, affine.Pointer, affine.Pointer + (width * stride), u.Pointer, scales.Pointer, after.Pointer, width, stride,
                samples);
            u.Untouched(i => i % stride < padded, "u");
            scales.Untouched(i => i % stride < padded, "scales");
            after.Untouched(i => i < padded, "after");
            (double[] U, double[] Scale, double[] After) exact = Loops<double>();
            (float[] U, float[] Scale, float[] After) naive = Loops<float>();
            Check(u, stride, samples, exact.U, naive.U, $"u of {samples}");
            Check(after, stride, samples, exact.After, naive.After, $"log-determinant of {samples}");
            Check(scales, stride, samples, exact.Scale, naive.Scale, $"scale of {samples}");
            for (int s = samples; s < padded; s++)
            {
                Assert.That(after.Pointer[s], Is.Zero);
                for (int j = 0; j < width; j++)
                {
                    Assert.That(u.Pointer[(j * stride) + s], Is.Zero);
                    Assert.That(scales.Pointer[(j * stride) + s], Is.Zero);
                }
            }

            (T[] U, T[] Scale, T[] After) Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] xs = x.Values<T>(), map = affine.Values<T>(), starts = before.Values<T>();
                T[] us = new T[width * samples], exponentials = new T[width * samples], sums = new T[samples];
                for (int s = 0; s < samples; s++)
                {
                    sums[s] = starts[s];
                    for (int j = 0; j < width; j++)
                    {
                        T a = map[((width + j) * stride) + s];
                        exponentials[(j * samples) + s] = T.Exp(-a);
                        us[(j * samples) + s] = (xs[(j * stride) + s] - map[(j * stride) + s]) * T.Exp(-a);
                        sums[s] -= a;
                    }
                }

                return (us, exponentials, sums);
            }
        }
    }

    [Test]
    public void The_affine_map_backward_is_that_of_loops([Values(1, 2, 5)] int width, [Values] bool withInput)
    {
        foreach (int samples in Lengths)
        {
            // Up to the next whole vector everything is zero, as the forward pass left it.
            int padded = Padded(samples), stride = padded + 3;
            var random = new System.Random(samples);
            GuardedBuffer scales = Padding(width), u = Padding(width), du = Padding(width), weights = Padding(1);
            GuardedBuffer affineGradient = new(2 * width * stride), dx = new(width * stride);
            AffineMap.Backward<TLanes>(
                scales.Pointer, u.Pointer, du.Pointer, weights.Pointer, affineGradient.Pointer,
                affineGradient.Pointer + (width * stride), withInput ? dx.Pointer : null, width, stride, samples);
            affineGradient.Untouched(i => i % stride < padded, "affine gradient");
            dx.Untouched(i => withInput && i % stride < padded, "dx");
            (double[] Affine, double[] Dx) exact = Loops<double>();
            (float[] Affine, float[] Dx) naive = Loops<float>();
            Check(affineGradient, stride, padded, exact.Affine, naive.Affine, $"affine gradient of {samples}");
            if (withInput) Check(dx, stride, padded, exact.Dx, naive.Dx, $"dx of {samples}");
            for (int s = samples; s < padded; s++)
            {
                for (int j = 0; j < 2 * width; j++) Assert.That(affineGradient.Pointer[(j * stride) + s], Is.Zero);
            }

            GuardedBuffer Padding(int rows)
            {
                GuardedBuffer buffer = Random(rows, stride, samples, random);
                for (int j = 0; j < rows; j++) buffer.Span.Slice((j * stride) + samples, padded - samples).Clear();
                return buffer;
            }

            (T[] Affine, T[] Dx) Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] map = scales.Values<T>(), us = u.Values<T>(), dus = du.Values<T>(), w = weights.Values<T>();
                T[] gradient = new T[2 * width * padded], direct = new T[width * padded];
                for (int j = 0; j < width; j++)
                {
                    for (int s = 0; s < padded; s++)
                    {
                        T d = dus[(j * stride) + s];
                        T slope = d * map[(j * stride) + s];
                        direct[(j * padded) + s] = slope;
                        gradient[(j * padded) + s] = -slope;
                        gradient[((width + j) * padded) + s] = (w[s] / T.CreateChecked(samples)) - (d * us[(j * stride) + s]);
                    }
                }

                return (gradient, direct);
            }
        }
    }

    [Test]
    public void Scores_are_negative_log_likelihoods([Values(1, 2, 36, 274)] int width)
    {
        foreach (int samples in WholeLengths)
        {
            var random = new System.Random(samples);
            GuardedBuffer squares = Random(1, samples, samples, random), logDeterminants = Random(1, samples, samples, random);
            double[] exact = Loop(squares.Values<double>(), logDeterminants.Values<double>());
            float[] naive = Loop(squares.Values<float>(), logDeterminants.Values<float>());
            LogLikelihood.Score<TLanes>(squares.Pointer, logDeterminants.Pointer, width, samples);
            squares.Untouched(_ => true, "scores");
            Check(squares, samples, samples, exact, naive, $"{samples} samples");

            T[] Loop<T>(T[] square, T[] logDeterminant)
                where T : IFloatingPointIeee754<T> =>
            [
                .. square.Zip(logDeterminant, (f, log) =>
                    (T.CreateChecked(0.5) * f) + (T.CreateChecked(width) * T.CreateChecked(0.91893853320467274)) - log),
            ];
        }
    }

    [Test]
    public void A_number_is_added_to_each()
    {
        foreach (int length in Lengths)
        {
            int padded = Padded(length);
            GuardedBuffer x = Random(1, padded, padded, new System.Random(length)), sums = new(padded);
            Elementwise.Add<TLanes>(x.Pointer, 1.25f, sums.Pointer, length);
            sums.Untouched(_ => true, "sums");
            Assert.That(sums.Span.ToArray(), Is.EqualTo(x.Span.ToArray().Select(a => a + 1.25f)).And.None.NaN);
        }
    }

    [Test]
    public void Two_runs_of_numbers_are_added([Values] bool inPlace)
    {
        foreach (int length in Lengths)
        {
            int padded = Padded(length);
            var random = new System.Random(length);
            GuardedBuffer x = Random(1, padded, padded, random), y = Random(1, padded, padded, random);
            GuardedBuffer sums = inPlace ? x : new(padded);
            float[] expected = [.. x.Span.ToArray().Zip(y.Span.ToArray(), (a, b) => a + b)];
            Elementwise.Add<TLanes>(x.Pointer, y.Pointer, sums.Pointer, length);
            sums.Untouched(_ => true, "sums");
            Assert.That(sums.Span.ToArray(), Is.EqualTo(expected).And.None.NaN);
        }
    }

    private static int Padded(int samples) => (samples + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private static GuardedBuffer Random(int rows, int stride, int samples, System.Random random) =>
        GuardedBuffer.Random(rows * stride, i => i % stride < samples, random);

    // Rows of `samples` numbers each, `stride` apart, against the same without gaps.
    private static void Check(GuardedBuffer actual, int stride, int samples, double[] exact, float[] naive, string what)
    {
        float[] dense = [.. Enumerable.Range(0, exact.Length).Select(i => actual.Span[(i / samples * stride) + (i % samples)])];
        Tolerance.Check(dense, exact, [naive], what);
    }
}
