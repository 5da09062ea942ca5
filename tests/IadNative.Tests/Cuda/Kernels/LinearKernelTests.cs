using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>What follows the product of a linear layer: a = leaky(z + b); dz = da leaky'(a), db = sum dz.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class LinearKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Slope = 0.01f;

    public static readonly KernelExercise Exercise = new("linear.cu", driver =>
    {
        var bench = new Bench(driver);
        Forward(bench, samples: 33, width: 33, replicas: 3, hasBias: true, Slope);
        Backward(bench, samples: 33, width: 33, replicas: 3, hasBias: true, Slope);
    });

    [Test]
    public void Forward_adds_the_bias_and_bends_in_place([Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (var (width, replicas, hasBias, isLeaky) in Cases(samples))
            Forward(Bench, samples, width, replicas, hasBias, isLeaky ? Slope : 1);
    }

    [Test]
    public void Backward_bends_the_gradient_in_place_and_sums_it([Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (var (width, replicas, hasBias, isLeaky) in Cases(samples))
            Backward(Bench, samples, width, replicas, hasBias, isLeaky ? Slope : 1);
    }

    [Test]
    public void Not_a_number_stays_so_and_zero_has_the_slope_of_the_negative_side()
    {
        Blocks values = Blocks.Input(Bench.Driver, [[float.NaN, 0, float.NegativeInfinity]], 4);
        Bench.Launch(
            CudaDenseForward.Linear,
            new() { Values = values.Address, Stride = 4, Width = 3, Samples = 1, Slope = Slope }, 1);
        Assert.That(values.Read("values")[0], Is.EqualTo([float.NaN, 0, float.NegativeInfinity]));

        Blocks gradient = Blocks.Input(Bench.Driver, [[2, 2, 2]], 4);
        Bench.Launch(
            CudaDenseBackward.Linear,
            new()
            {
                Gradient = gradient.Address, Output = values.Address, Stride = 4, Width = 3, Samples = 1, Slope = Slope,
            },
            1);
        Assert.That(gradient.Read("gradient")[0], Is.EqualTo([2 * Slope, 2 * Slope, 2 * Slope]));
    }

    private static void Forward(Bench bench, int samples, int width, int replicas, bool hasBias, float slope)
    {
        string what = $"{samples} x {width}, {replicas} replicas, bias {hasBias}, slope {slope}";
        int stride = (samples * width) + 5, biasStride = width + 3;
        var random = new System.Random(samples + (1000 * width));
        float[][] z = Blocks.Normal(random, replicas, samples * width), b = Blocks.Normal(random, replicas, width);
        Blocks values = Blocks.Input(bench.Driver, z, stride);
        bench.Launch(
            CudaDenseForward.Linear,
            new()
            {
                Values = values.Address,
                Bias = hasBias ? Blocks.Input(bench.Driver, b, biasStride).Address : 0,
                Stride = stride,
                BiasStride = biasStride,
                Width = width,
                Samples = samples,
                Slope = slope,
            },
            replicas);
        float[][] a = values.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            IEnumerable<float> sums = z[r].Select((value, i) => value + (hasBias ? b[r][i % width] : 0));
            Blocks.AssertEqual(a[r], sums.Select(x => x > 0 ? x : x * slope), what);
        }
    }

    private static void Backward(Bench bench, int samples, int width, int replicas, bool hasBias, float slope)
    {
        string what = $"{samples} x {width}, {replicas} replicas, bias {hasBias}, slope {slope}";
        int stride = (samples * width) + 5, parameterStride = width + 3;
        var random = new System.Random(samples + (1000 * width));
        float[][] da = Blocks.Normal(random, replicas, samples * width);
        float[][] a = Blocks.Normal(random, replicas, samples * width);
        Blocks gradient = Blocks.Input(bench.Driver, da, stride);
        Blocks biasGradient = Blocks.Output(bench.Driver, replicas, width, parameterStride);
        bench.Launch(
            CudaDenseBackward.Linear,
            new()
            {
                Gradient = gradient.Address,
                Output = Blocks.Input(bench.Driver, a, stride).Address,
                BiasGradient = hasBias ? biasGradient.Address : 0,
                Stride = stride,
                ParameterStride = parameterStride,
                Width = width,
                Samples = samples,
                Slope = slope,
            },
            replicas);
        float[][] dz = gradient.Read(what), db = biasGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            float[] expected = [.. da[r].Zip(a[r], (value, output) => output > 0 ? value : value * slope)];
            Blocks.AssertEqual(dz[r], expected, what);
            if (hasBias)
            {
                Tolerance.Check(
                    db[r], ColumnSums<double>(expected, width, backwards: false),
                    [ColumnSums<float>(expected, width, false), ColumnSums<float>(expected, width, true)], $"{what}, db");
            }
        }
    }

    private static T[] ColumnSums<T>(float[] values, int width, bool backwards)
        where T : INumber<T>
    {
        var sums = new T[width];
        for (int k = 0; k < values.Length; k++)
        {
            int i = backwards ? values.Length - 1 - k : k;
            sums[i % width] += T.CreateChecked(values[i]);
        }

        return sums;
    }
}
