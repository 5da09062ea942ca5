using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Batch normalisation with bias, scale and shift, and leaky ReLU, forward and backward.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class BatchNormKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Slope = 0.01f, Epsilon = 1e-5f, Momentum = 0.1f;

    public static readonly KernelExercise Exercise = new("batchnorm.cu", driver =>
    {
        var bench = new Bench(driver);
        Forward(bench, samples: 33, width: 33, replicas: 3, hasBias: true, isAffine: true, inPlace: true);
        Forward(bench, samples: 2, width: 3, replicas: 1, hasBias: false, isAffine: false, inPlace: false);
        Backward(bench, samples: 33, width: 33, replicas: 3, hasBias: true, isAffine: true, Slope);
        Forward(bench, samples: 259, width: 3, replicas: 2, hasBias: true, isAffine: true, inPlace: true); // more than fit registers
        Backward(bench, samples: 259, width: 3, replicas: 2, hasBias: true, isAffine: true, Slope);
    });

    [Test]
    public void Forward_normalises_and_keeps_running_statistics(
        [Values(2, 31, 33, 127, 200, 201, 257)] int samples, [Values] bool inPlace)
    {
        foreach (var (width, replicas, hasBias, isAffine) in Cases(samples))
            Forward(Bench, samples, width, replicas, hasBias, isAffine, inPlace);
    }

    [Test]
    public void Backward_reaches_through_mean_and_variance(
        [Values(2, 31, 33, 127, 200, 201, 257)] int samples, [Values(Slope, 1f)] float slope)
    {
        foreach (var (width, replicas, hasBias, isAffine) in Cases(samples))
            Backward(Bench, samples, width, replicas, hasBias, isAffine, slope);
    }

    [Test]
    public void A_constant_feature_is_normalised_to_zero()
    {
        // 1.5 times any number of samples is exact, so is the mean.
        float[] z = [.. Enumerable.Repeat(1.5f, 33)];
        Blocks product = Blocks.Input(Bench.Driver, [z], 34), output = Blocks.Output(Bench.Driver, 1, 33, 34);
        ulong mean = Bench.Driver.Upload<float>([0]), variance = Bench.Driver.Upload<float>([1]);
        ulong inverse = Bench.Driver.Allocate<float>(1);
        Bench.Launch(
            CudaDenseForward.Norm,
            new()
            {
                Product = product.Address,
                RunningMean = mean,
                RunningVariance = variance,
                Normalized = product.Address,
                Inverse = inverse,
                Output = output.Address,
                Stride = 34,
                ParameterStride = 1,
                StatisticsStride = 1,
                Width = 1,
                Samples = 33,
                Slope = Slope,
                Epsilon = Epsilon,
                Momentum = 0.5f,
            },
            1);
        Assert.That(output.Read("output")[0], Is.All.Zero);
        Assert.That(product.Read("normalised")[0], Is.All.Zero);
        Assert.That(Bench.Driver.Download<float>(mean, 1), Is.EqualTo([0.75f]));
        Assert.That(Bench.Driver.Download<float>(variance, 1), Is.EqualTo([0.5f]));
        Assert.That(Bench.Driver.Download<float>(inverse, 1), Is.EqualTo([1 / MathF.Sqrt(Epsilon)]));
    }

    private static void Forward(
        Bench bench, int samples, int width, int replicas, bool hasBias, bool isAffine, bool inPlace)
    {
        string what = $"{samples} x {width}, {replicas} replicas, bias {hasBias}, affine {isAffine}, in place {inPlace}";
        int length = samples * width, stride = length + 5, parameterStride = width + 3, statisticsStride = width + 2;
        var random = new System.Random(samples + (1000 * width));
        float[][] z = Blocks.Normal(random, replicas, length);
        float[][]? b = hasBias ? Blocks.Normal(random, replicas, width) : null;
        float[][]? gamma = isAffine ? Blocks.Normal(random, replicas, width) : null;
        float[][]? beta = isAffine ? Blocks.Normal(random, replicas, width) : null;
        float[][] mean = Blocks.Normal(random, replicas, width), variance = Blocks.Positive(random, replicas, width);

        Blocks product = Blocks.Input(bench.Driver, z, stride);
        Blocks output = Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks normalized = inPlace ? product : Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks inverse = Blocks.Output(bench.Driver, 1, replicas * width, (replicas * width) + 3);
        Blocks runningMean = Blocks.Input(bench.Driver, mean, statisticsStride);
        Blocks runningVariance = Blocks.Input(bench.Driver, variance, statisticsStride);
        ulong Parameter(float[][]? values) =>
            values is null ? 0 : Blocks.Input(bench.Driver, values, parameterStride).Address;
        bench.Launch(
            CudaDenseForward.Norm,
            new()
            {
                Product = product.Address,
                Bias = Parameter(b),
                Scale = Parameter(gamma),
                Shift = Parameter(beta),
                RunningMean = runningMean.Address,
                RunningVariance = runningVariance.Address,
                Normalized = normalized.Address,
                Inverse = inverse.Address,
                Output = output.Address,
                Stride = stride,
                ParameterStride = parameterStride,
                StatisticsStride = statisticsStride,
                Width = width,
                Samples = samples,
                Slope = Slope,
                Epsilon = Epsilon,
                Momentum = Momentum,
            },
            replicas);

        float[][] a = output.Read(what), n = normalized.Read(what), means = runningMean.Read(what);
        float[][] variances = runningVariance.Read(what);
        float[] inverses = inverse.Read(what)[0];
        product.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            ForwardResult<T> Reference<T>(int order)
                where T : IFloatingPointIeee754<T> =>
                ReferenceForward<T>(
                    z[r], b?[r], gamma?[r], beta?[r], mean[r], variance[r], width, Naive.Order(samples, order));

            ForwardResult<double> exact = Reference<double>(0);
            ForwardResult<float>[] naive = [.. Enumerable.Range(0, Naive.Orders).Select(Reference<float>)];
            void Check(
                ReadOnlySpan<float> actual, double[] expected, Func<ForwardResult<float>, float[]> tensor, string name) =>
                Tolerance.Check(actual, expected, [.. naive.Select(tensor)], $"{what}, replica {r}, {name}");

            Check(a[r], exact.Output, result => result.Output, "a");
            Check(n[r], exact.Normalized, result => result.Normalized, "n");
            Check(inverses.AsSpan(r * width, width), exact.Inverse, result => result.Inverse, "1 / sqrt(v + eps)");
            Check(means[r], exact.Mean, result => result.Mean, "running mean");
            Check(variances[r], exact.Variance, result => result.Variance, "running variance");
        }
    }

    private static void Backward(
        Bench bench, int samples, int width, int replicas, bool hasBias, bool isAffine, float slope)
    {
        string what = $"{samples} x {width}, {replicas} replicas, bias {hasBias}, affine {isAffine}, slope {slope}";
        int length = samples * width, stride = length + 5, parameterStride = width + 3;
        var random = new System.Random(samples + (1000 * width));
        // n of any mean, not only 0, so that the bias's gradient is not nothing but rounding errors.
        float[][] da = Blocks.Normal(random, replicas, length), a = Blocks.Normal(random, replicas, length);
        float[][] n = Blocks.Normal(random, replicas, length), inverse = Blocks.Positive(random, replicas, width);
        float[][]? gamma = isAffine ? Blocks.Normal(random, replicas, width) : null;

        Blocks gradient = Blocks.Input(bench.Driver, da, stride);
        Blocks scaleGradient = Blocks.Output(bench.Driver, replicas, width, parameterStride);
        Blocks shiftGradient = Blocks.Output(bench.Driver, replicas, width, parameterStride);
        Blocks biasGradient = Blocks.Output(bench.Driver, replicas, width, parameterStride);
        bench.Launch(
            CudaDenseBackward.Norm,
            new()
            {
                Gradient = gradient.Address,
                Output = Blocks.Input(bench.Driver, a, stride).Address,
                Normalized = Blocks.Input(bench.Driver, n, stride).Address,
                Inverse = bench.Driver.Upload<float>([.. inverse.SelectMany(values => values)]),
                Scale = gamma is null ? 0 : Blocks.Input(bench.Driver, gamma, parameterStride).Address,
                ScaleGradient = isAffine ? scaleGradient.Address : 0,
                ShiftGradient = isAffine ? shiftGradient.Address : 0,
                BiasGradient = hasBias ? biasGradient.Address : 0,
                Stride = stride,
                ParameterStride = parameterStride,
                Width = width,
                Samples = samples,
                Slope = slope,
            },
            replicas);

        float[][] dz = gradient.Read(what), dgamma = scaleGradient.Read(what), dbeta = shiftGradient.Read(what);
        float[][] db = biasGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            BackwardResult<T> Reference<T>(int order)
                where T : IFloatingPointIeee754<T> =>
                ReferenceBackward<T>(da[r], a[r], n[r], inverse[r], gamma?[r], slope, Naive.Order(samples, order));

            BackwardResult<double> exact = Reference<double>(0);
            BackwardResult<float>[] naive = [.. Enumerable.Range(0, Naive.Orders).Select(Reference<float>)];
            void Check(float[] actual, double[] expected, Func<BackwardResult<float>, float[]> tensor, string name) =>
                Tolerance.Check(actual, expected, [.. naive.Select(tensor)], $"{what}, replica {r}, {name}");

            Check(dz[r], exact.Gradient, result => result.Gradient, "dz");
            if (isAffine) Check(dgamma[r], exact.Scale, result => result.Scale, "dgamma");
            if (isAffine) Check(dbeta[r], exact.Shift, result => result.Shift, "dbeta");
            if (hasBias) Check(db[r], exact.Bias, result => result.Bias, "db");
        }
    }

    private static ForwardResult<T> ReferenceForward<T>(
        float[] product, float[]? bias, float[]? scale, float[]? shift, float[] mean, float[] variance, int width,
        int[] order)
        where T : IFloatingPointIeee754<T>
    {
        int samples = product.Length / width;
        var result = new ForwardResult<T>(
            new T[product.Length], new T[product.Length], new T[width], new T[width], new T[width]);
        T count = T.CreateChecked(samples), momentum = T.CreateChecked(Momentum);
        for (int j = 0; j < width; j++)
        {
            T[] z = [.. Naive.Column<T>(product, width, j).Select(value => value + At<T>(bias, j, 0))];
            T mu = Naive.Sum(z, order) / count;
            T squares = Naive.Sum([.. z.Select(value => (value - mu) * (value - mu))], order);
            T inverse = T.One / T.Sqrt((squares / count) + T.CreateChecked(Epsilon));
            for (int s = 0; s < samples; s++)
            {
                T n = (z[s] - mu) * inverse, y = (At<T>(scale, j, 1) * n) + At<T>(shift, j, 0);
                result.Normalized[(s * width) + j] = n;
                result.Output[(s * width) + j] = y > T.Zero ? y : y * T.CreateChecked(Slope);
            }

            result.Inverse[j] = inverse;
            T oldMean = T.CreateChecked(mean[j]), oldVariance = T.CreateChecked(variance[j]);
            result.Mean[j] = oldMean + (momentum * (mu - oldMean));
            result.Variance[j] = oldVariance + (momentum * ((squares / (count - T.One)) - oldVariance));
        }

        return result;
    }

    private static BackwardResult<T> ReferenceBackward<T>(
        float[] gradient, float[] output, float[] normalized, float[] inverse, float[]? scale, float slope, int[] order)
        where T : IFloatingPointIeee754<T>
    {
        int width = inverse.Length, samples = gradient.Length / width;
        var result = new BackwardResult<T>(new T[gradient.Length], new T[width], new T[width], new T[width]);
        T count = T.CreateChecked(samples);
        for (int j = 0; j < width; j++)
        {
            T[] n = Naive.Column<T>(normalized, width, j);
            T[] dy =
            [
                .. Naive.Column<T>(gradient, width, j).Zip(
                    Naive.Column<T>(output, width, j), (da, a) => a > T.Zero ? da : da * T.CreateChecked(slope)),
            ];
            T shift = Naive.Sum(dy, order), product = Naive.Sum([.. dy.Zip(n, (a, b) => a * b)], order);
            T factor = At<T>(scale, j, 1) * T.CreateChecked(inverse[j]);
            T[] dz = [.. dy.Zip(n, (value, normal) => factor * (value - (shift / count) - (normal * product / count)))];
            for (int s = 0; s < samples; s++) result.Gradient[(s * width) + j] = dz[s];
            (result.Scale[j], result.Shift[j], result.Bias[j]) = (product, shift, Naive.Sum(dz, order));
        }

        return result;
    }

    private static T At<T>(float[]? values, int index, int otherwise)
        where T : INumber<T> =>
        values is null ? T.CreateChecked(otherwise) : T.CreateChecked(values[index]);

    private sealed record ForwardResult<T>(T[] Output, T[] Normalized, T[] Inverse, T[] Mean, T[] Variance);

    private sealed record BackwardResult<T>(T[] Gradient, T[] Scale, T[] Shift, T[] Bias);
}
