using System.Numerics;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The affine map of a MADE block, u = (x - m) exp(-a), forward and backward, and the masks of its gradients.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class MadeKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("made.cu", driver =>
    {
        var bench = new Bench(driver);
        Forward(bench, samples: 33, width: 36, replicas: 3, isFirst: false, sharedInput: false);
        Forward(bench, samples: 2, width: 1, replicas: 3, isFirst: true, sharedInput: true);
        Backward(bench, samples: 33, width: 36, replicas: 3, isFirst: false);
        Backward(bench, samples: 2, width: 1, replicas: 1, isFirst: true);
        Mask(bench, length: 257, replicas: 3);
    });

    [Test]
    public void Forward_maps_samples_and_subtracts_their_log_scales([Values(1, 2, 31, 33, 127)] int samples)
    {
        foreach (var (width, replicas, isFirst, sharedInput) in Cases(samples, FlowWidths))
            Forward(Bench, samples, width, replicas, isFirst, sharedInput);
    }

    [Test]
    public void Backward_reaches_the_map_and_its_input([Values(1, 2, 31, 33, 127)] int samples)
    {
        foreach (var (width, replicas, isFirst, _) in Cases(samples, FlowWidths))
            Backward(Bench, samples, width, replicas, isFirst);
    }

    [Test]
    public void Masked_gradients_become_zero_whatever_they_were([Values(1, 31, 255, 256, 257, 1000)] int length)
    {
        foreach (int replicas in ReplicaCounts) Mask(Bench, length, replicas);
    }

    [Test]
    public void Log_scales_are_not_clamped_and_what_is_no_number_stays_with_its_sample()
    {
        // m is 0, and of the second feature also a.
        float[] logScales = [1000, -1000, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0];
        float[] inputs = [1, 1, 1, 1, 1, float.NaN];
        float[][] x = [[.. inputs.SelectMany(value => new[] { value, 3 })]];
        float[][] affine = [[.. logScales.SelectMany(a => new[] { 0, 0, a, 0 })]];
        Blocks output = Blocks.Output(Bench.Driver, 1, 12, 13), after = Blocks.Output(Bench.Driver, 1, 6, 7);
        Bench.Launch(
            CudaAffineForward.Kernel,
            new()
            {
                Input = Blocks.Input(Bench.Driver, x, 13).Address,
                Affine = Blocks.Input(Bench.Driver, affine, 25).Address,
                Output = output.Address,
                After = after.Address,
                Stride = 13,
                InputStride = 13,
                AffineStride = 25,
                BatchStride = 7,
                Width = 2,
                Samples = 6,
            },
            1);
        float[] u = output.Read("u")[0];
        float[] expected = [0, float.PositiveInfinity, float.NaN, 0, float.PositiveInfinity, float.NaN];
        Assert.That(u.Where((_, i) => i % 2 == 0), Is.EqualTo(expected));
        Assert.That(u.Where((_, i) => i % 2 == 1), Is.All.EqualTo(3));
        Assert.That(after.Read("log-determinant")[0], Is.EqualTo(logScales.Select(a => 0 - a)));
    }

    private static void Forward(Bench bench, int samples, int width, int replicas, bool isFirst, bool sharedInput)
    {
        string what = $"{samples} x {width}, {replicas} replicas, first {isFirst}, shared input {sharedInput}";
        int length = samples * width, stride = length + 5, affineStride = (2 * length) + 7, batchStride = samples + 3;
        var random = new System.Random(samples + (1000 * width));
        float[][] x = Blocks.Normal(random, sharedInput ? 1 : replicas, length);
        float[][] affine = Blocks.Normal(random, replicas, 2 * length), before = Blocks.Normal(random, replicas, samples);
        Blocks output = Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks after = Blocks.Output(bench.Driver, replicas, samples, batchStride);
        bench.Launch(
            CudaAffineForward.Kernel,
            new()
            {
                Input = Blocks.Input(bench.Driver, x, length + 6).Address,
                Affine = Blocks.Input(bench.Driver, affine, affineStride).Address,
                Output = output.Address,
                Before = isFirst ? 0 : Blocks.Input(bench.Driver, before, batchStride).Address,
                After = after.Address,
                Stride = stride,
                InputStride = sharedInput ? 0 : length + 6,
                AffineStride = affineStride,
                BatchStride = batchStride,
                Width = width,
                Samples = samples,
            },
            replicas);

        float[][] u = output.Read(what), logDeterminants = after.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            (T[] Output, T[] After) Reference<T>(int order)
                where T : IFloatingPointIeee754<T> =>
                ReferenceForward<T>(
                    x[sharedInput ? 0 : r], affine[r], isFirst ? null : before[r], width, Naive.Order(width, order));

            (double[] exactOutput, double[] exactAfter) = Reference<double>(0);
            (float[] Output, float[] After)[] naive = [.. Enumerable.Range(0, Naive.Orders).Select(Reference<float>)];
            Tolerance.Check(u[r], exactOutput, [naive[0].Output], $"{what}, replica {r}, u");
            Tolerance.Check(
                logDeterminants[r], exactAfter, [.. naive.Select(result => result.After)],
                $"{what}, replica {r}, log-determinant");
        }
    }

    private static void Backward(Bench bench, int samples, int width, int replicas, bool isFirst)
    {
        string what = $"{samples} x {width}, {replicas} replicas, first {isFirst}";
        int length = samples * width, stride = length + 5, affineStride = (2 * length) + 7, batchStride = samples + 3;
        var random = new System.Random(samples + (1000 * width));
        float[][] affine = Blocks.Normal(random, replicas, 2 * length), u = Blocks.Normal(random, replicas, length);
        float[][] du = Blocks.Normal(random, replicas, length), weights = Blocks.Positive(random, replicas, samples);
        Blocks affineGradient = Blocks.Output(bench.Driver, replicas, 2 * length, affineStride);
        Blocks inputGradient = Blocks.Output(bench.Driver, replicas, length, stride);
        bench.Launch(
            CudaAffineBackward.Kernel,
            new()
            {
                Affine = Blocks.Input(bench.Driver, affine, affineStride).Address,
                Output = Blocks.Input(bench.Driver, u, stride).Address,
                OutputGradient = Blocks.Input(bench.Driver, du, stride).Address,
                Weights = Blocks.Input(bench.Driver, weights, batchStride).Address,
                AffineGradient = affineGradient.Address,
                InputGradient = isFirst ? 0 : inputGradient.Address,
                Stride = stride,
                AffineStride = affineStride,
                BatchStride = batchStride,
                Width = width,
                Samples = samples,
            },
            replicas);

        float[][] map = affineGradient.Read(what), dx = inputGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            (double[] exactMap, double[] exactInput) = ReferenceBackward<double>(affine[r], u[r], du[r], weights[r]);
            (float[] naiveMap, float[] naiveInput) = ReferenceBackward<float>(affine[r], u[r], du[r], weights[r]);
            Tolerance.Check(map[r], exactMap, [naiveMap], $"{what}, replica {r}, dm and da");
            if (!isFirst) Tolerance.Check(dx[r], exactInput, [naiveInput], $"{what}, replica {r}, dx");
        }
    }

    private static void Mask(Bench bench, int length, int replicas)
    {
        float[] wild = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f];
        var random = new System.Random(length);
        float[] mask = [.. Enumerable.Range(0, length).Select(_ => (float)random.Next(2))];
        float[][] values = Blocks.Normal(random, replicas, length);
        foreach (float[] block in values)
        {
            for (int i = 0; i < length; i += 3) block[i] = mask[i] == 0 ? wild[i % wild.Length] : block[i];
        }

        Blocks gradient = Blocks.Input(bench.Driver, values, length + 5);
        bench.Launch(
            CudaMaskGradient.Kernel,
            new()
            {
                Gradient = gradient.Address,
                Mask = Blocks.Input(bench.Driver, [mask], length + 1).Address,
                Stride = length + 5,
                Length = length,
            },
            replicas);
        string what = $"length {length}, {replicas} replicas";
        float[][] actual = gradient.Read(what);
        for (int r = 0; r < replicas; r++)
            Blocks.AssertEqual(actual[r], values[r].Select((value, i) => mask[i] == 0 ? 0 : value), $"{what}, replica {r}");
    }

    private static (T[] Output, T[] After) ReferenceForward<T>(
        float[] input, float[] affine, float[]? before, int width, int[] order)
        where T : IFloatingPointIeee754<T>
    {
        T[] u = new T[input.Length], after = new T[input.Length / width];
        for (int s = 0; s < after.Length; s++)
        {
            T[] m = Row(2 * s), a = Row((2 * s) + 1);
            for (int j = 0; j < width; j++) u[(s * width) + j] = (T.CreateChecked(input[(s * width) + j]) - m[j]) * T.Exp(-a[j]);
            after[s] = (before is null ? T.Zero : T.CreateChecked(before[s])) - Naive.Sum(a, order);
        }

        return (u, after);

        T[] Row(int row) => [.. affine.Skip(row * width).Take(width).Select(T.CreateChecked)];
    }

    private static (T[] Map, T[] Input) ReferenceBackward<T>(float[] affine, float[] output, float[] gradient, float[] weights)
        where T : IFloatingPointIeee754<T>
    {
        int samples = weights.Length, width = output.Length / samples;
        T[] map = new T[affine.Length], input = new T[output.Length];
        for (int i = 0; i < output.Length; i++)
        {
            int s = i / width, m = (2 * s * width) + (i % width), a = m + width;
            T du = T.CreateChecked(gradient[i]);
            input[i] = du * T.Exp(-T.CreateChecked(affine[a]));
            map[m] = -input[i];
            map[a] = (T.CreateChecked(weights[s]) / T.CreateChecked(samples)) - (du * T.CreateChecked(output[i]));
        }

        return (map, input);
    }
}
