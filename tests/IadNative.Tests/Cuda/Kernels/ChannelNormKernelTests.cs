using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Batch normalisation over the channels of images with scale and shift, and leaky ReLU, forward and backward.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class ChannelNormKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const int Orders = 4;
    private const float Slope = 0.01f, Epsilon = 1e-4f, Momentum = 0.1f;

    public static readonly KernelExercise Exercise = new("channelnorm.cu", driver =>
    {
        var bench = new Bench(driver);
        Forward(bench, new Images(5, 3, 70), replicas: 2, isAffine: true, chunk: 2);
        Backward(bench, new Images(5, 3, 70), replicas: 2, isAffine: true, hasNorm: true, chunk: 2);
    });

    private static readonly Images[] s_images = [new(2, 1, 1), new(3, 4, 49), new(9, 3, 64), new(17, 2, 257), new(33, 5, 4)];

    [Test]
    public void Forward_normalises_channels_and_keeps_running_statistics(
        [ValueSource(nameof(s_images))] Images images, [Values] bool isAffine, [Values(3, 8)] int chunk)
    {
        foreach (int replicas in ReplicaCounts) Forward(Bench, images, replicas, isAffine, chunk);
    }

    [Test]
    public void Backward_reaches_through_mean_and_variance([ValueSource(nameof(s_images))] Images images, [Values] bool isAffine)
    {
        foreach (int replicas in ReplicaCounts) Backward(Bench, images, replicas, isAffine, hasNorm: true, chunk: 8);
    }

    [Test]
    public void Without_batch_norm_the_gradients_are_those_of_the_relu([ValueSource(nameof(s_images))] Images images) =>
        Backward(Bench, images, replicas: 2, isAffine: false, hasNorm: false, chunk: 8);

    private static void Forward(Bench bench, Images images, int replicas, bool isAffine, int chunk)
    {
        string what = $"{images}, {replicas} replicas, affine {isAffine}, chunks of {chunk}";
        int stride = images.Length + 5, parameterStride = images.Channels + 3, statisticsStride = images.Channels + 2;
        var random = new System.Random(images.Length);
        float[][] z = Blocks.Normal(random, replicas, images.Length);
        float[][]? gamma = isAffine ? Blocks.Normal(random, replicas, images.Channels) : null;
        float[][]? beta = isAffine ? Blocks.Normal(random, replicas, images.Channels) : null;
        float[][] mean = Blocks.Normal(random, replicas, images.Channels), variance = Blocks.Positive(random, replicas, images.Channels);
        Blocks product = Blocks.Input(bench.Driver, z, stride), output = Blocks.Output(bench.Driver, replicas, images.Length, stride);
        Blocks inverse = Blocks.Output(bench.Driver, 1, replicas * images.Channels, (replicas * images.Channels) + 3);
        Blocks runningMean = Blocks.Input(bench.Driver, mean, statisticsStride);
        Blocks runningVariance = Blocks.Input(bench.Driver, variance, statisticsStride);
        ulong Parameter(float[][]? values) => values is null ? 0 : Blocks.Input(bench.Driver, values, parameterStride).Address;
        ulong sums = Partials(bench, images, replicas, chunk), squares = Partials(bench, images, replicas, chunk);
        bench.Launch(
            ChannelNormKernels.ChannelSum,
            new()
            {
                Values = product.Address, Partials = sums, Stride = stride, Pixels = images.Pixels, Samples = images.Samples, Chunk = chunk,
            },
            replicas,
            images.Channels);
        bench.Launch(
            ChannelNormKernels.ChannelSquares,
            new()
            {
                Values = product.Address, Sums = sums, Squares = squares, Stride = stride, Pixels = images.Pixels,
                Samples = images.Samples, Chunk = chunk,
            },
            replicas,
            images.Channels);
        bench.Launch(
            ChannelNormKernels.ChannelNormForward,
            new()
            {
                Product = product.Address,
                Sums = sums,
                Squares = squares,
                Scale = Parameter(gamma),
                Shift = Parameter(beta),
                RunningMean = runningMean.Address,
                RunningVariance = runningVariance.Address,
                Normalized = product.Address,
                Inverse = inverse.Address,
                Output = output.Address,
                Stride = stride,
                ParameterStride = parameterStride,
                StatisticsStride = statisticsStride,
                Pixels = images.Pixels,
                Samples = images.Samples,
                Chunk = chunk,
                Slope = Slope,
                Epsilon = Epsilon,
                Momentum = Momentum,
            },
            replicas,
            images.Channels);
        float[][] a = output.Read(what), n = product.Read(what), means = runningMean.Read(what), variances = runningVariance.Read(what);
        float[] inverses = inverse.Read(what)[0];
        for (int r = 0; r < replicas; r++)
        {
            ForwardResult<T> Reference<T>(int order)
                where T : IFloatingPointIeee754<T> =>
                ReferenceForward<T>(images, z[r], gamma?[r], beta?[r], mean[r], variance[r], order);

            ForwardResult<double> exact = Reference<double>(0);
            ForwardResult<float>[] naive = [.. Enumerable.Range(0, Orders).Select(Reference<float>)];
            void Check(ReadOnlySpan<float> actual, double[] expected, Func<ForwardResult<float>, float[]> tensor, string name) =>
                Tolerance.Check(actual, expected, [.. naive.Select(tensor)], $"{what}, replica {r}, {name}");

            Check(a[r], exact.Output, result => result.Output, "a");
            Check(n[r], exact.Normalized, result => result.Normalized, "n");
            Check(means[r], exact.Mean, result => result.Mean, "running mean");
            Check(variances[r], exact.Variance, result => result.Variance, "running variance");
            Check(inverses.AsSpan(r * images.Channels, images.Channels), exact.Inverse, result => result.Inverse, "1/sqrt(v + eps)");
        }
    }

    private static void Backward(Bench bench, Images images, int replicas, bool isAffine, bool hasNorm, int chunk)
    {
        string what = $"{images}, {replicas} replicas, affine {isAffine}, batch norm {hasNorm}";
        int stride = images.Length + 5, parameterStride = images.Channels + 3, chunks = (images.Samples + chunk - 1) / chunk;
        var random = new System.Random(images.Length + 1);
        float[][] da = Blocks.Normal(random, replicas, images.Length), a = Blocks.Normal(random, replicas, images.Length);
        float[][] n = Blocks.Normal(random, replicas, images.Length);
        float[] inverse = Blocks.Positive(random, 1, replicas * images.Channels)[0];
        float[][]? gamma = isAffine ? Blocks.Normal(random, replicas, images.Channels) : null;
        Blocks gradient = Blocks.Input(bench.Driver, da, stride);
        Blocks scaleGradient = Blocks.Output(bench.Driver, replicas, images.Channels, parameterStride);
        Blocks shiftGradient = Blocks.Output(bench.Driver, replicas, images.Channels, parameterStride);
        ulong normalized = hasNorm ? Blocks.Input(bench.Driver, n, stride).Address : 0;
        ulong sums = Partials(bench, images, replicas, chunk), products = hasNorm ? Partials(bench, images, replicas, chunk) : 0;
        bench.Launch(
            ChannelNormKernels.ChannelGradientSums,
            new()
            {
                Gradient = gradient.Address,
                Output = Blocks.Input(bench.Driver, a, stride).Address,
                Normalized = normalized,
                Sums = sums,
                Products = products,
                Stride = stride,
                Pixels = images.Pixels,
                Samples = images.Samples,
                Chunk = chunk,
                Slope = Slope,
            },
            replicas,
            images.Channels);
        if (hasNorm)
        {
            bench.Launch(
                ChannelNormKernels.ChannelNormBackward,
                new()
                {
                    Gradient = gradient.Address,
                    Normalized = normalized,
                    Inverse = bench.Driver.Upload<float>(inverse),
                    Sums = sums,
                    Products = products,
                    Scale = gamma is null ? 0 : Blocks.Input(bench.Driver, gamma, parameterStride).Address,
                    ScaleGradient = isAffine ? scaleGradient.Address : 0,
                    ShiftGradient = isAffine ? shiftGradient.Address : 0,
                    Stride = stride,
                    ParameterStride = parameterStride,
                    Pixels = images.Pixels,
                    Samples = images.Samples,
                    Chunk = chunk,
                },
                replicas,
                images.Channels);
        }
        else
        {
            bench.Launch(
                ConvKernels.AddPartials,
                new()
                {
                    Partials = sums, Sums = shiftGradient.Address, SumsStride = parameterStride, Length = images.Channels, Chunks = chunks,
                },
                replicas);
        }

        float[][] dz = gradient.Read(what), dgamma = scaleGradient.Read(what), dbeta = shiftGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            BackwardResult<T> Reference<T>(int order)
                where T : IFloatingPointIeee754<T> => ReferenceBackward<T>(
                    images, da[r], a[r], hasNorm ? n[r] : null, inverse.AsSpan(r * images.Channels, images.Channels).ToArray(), gamma?[r], order);

            BackwardResult<double> exact = Reference<double>(0);
            BackwardResult<float>[] naive = [.. Enumerable.Range(0, Orders).Select(Reference<float>)];
            Tolerance.Check(dz[r], exact.Gradient, [.. naive.Select(result => result.Gradient)], $"{what}, replica {r}, dz");
            if (isAffine || !hasNorm)
                Tolerance.Check(dbeta[r], exact.Sums, [.. naive.Select(result => result.Sums)], $"{what}, replica {r}, sum dy");
            if (isAffine)
                Tolerance.Check(dgamma[r], exact.Products, [.. naive.Select(result => result.Products)], $"{what}, replica {r}, sum dy n");
        }
    }

    private static ulong Partials(Bench bench, Images images, int replicas, int chunk) =>
        bench.Driver.Allocate<float>(replicas * images.Channels * ((images.Samples + chunk - 1) / chunk));

    private static ForwardResult<T> ReferenceForward<T>(
        Images images, float[] z, float[]? gamma, float[]? beta, float[] runningMean, float[] runningVariance, int order)
        where T : IFloatingPointIeee754<T>
    {
        var result = new ForwardResult<T>(
            new T[z.Length], new T[z.Length], new T[images.Channels], new T[images.Channels], new T[images.Channels]);
        for (int c = 0; c < images.Channels; c++)
        {
            int[] places = images.PlacesOf(c, order);
            T count = T.CreateChecked(places.Length), sum = T.Zero, squares = T.Zero;
            foreach (int place in places) sum += T.CreateChecked(z[place]);
            T mean = sum / count;
            foreach (int place in places) squares += (T.CreateChecked(z[place]) - mean) * (T.CreateChecked(z[place]) - mean);
            T inverse = T.One / T.Sqrt((squares / count) + T.CreateChecked(Epsilon));
            T scale = gamma is null ? T.One : T.CreateChecked(gamma[c]), shift = beta is null ? T.Zero : T.CreateChecked(beta[c]);
            foreach (int place in places)
            {
                T n = (T.CreateChecked(z[place]) - mean) * inverse, y = (scale * n) + shift;
                result.Normalized[place] = n;
                result.Output[place] = y > T.Zero ? y : y * T.CreateChecked(Slope);
            }

            T momentum = T.CreateChecked(Momentum), before = T.CreateChecked(runningMean[c]), varianceBefore = T.CreateChecked(runningVariance[c]);
            result.Inverse[c] = inverse;
            result.Mean[c] = before + (momentum * (mean - before));
            result.Variance[c] = varianceBefore + (momentum * ((squares / (count - T.One)) - varianceBefore));
        }

        return result;
    }

    private static BackwardResult<T> ReferenceBackward<T>(
        Images images, float[] da, float[] a, float[]? n, float[] inverse, float[]? gamma, int order)
        where T : IFloatingPointIeee754<T>
    {
        T[] dz = [.. da.Select((value, i) => T.CreateChecked(value) * (a[i] > 0 ? T.One : T.CreateChecked(Slope)))];
        T[] sums = new T[images.Channels], products = new T[images.Channels];
        for (int c = 0; c < images.Channels; c++)
        {
            int[] places = images.PlacesOf(c, order);
            foreach (int place in places) sums[c] += dz[place];
            if (n is null) continue;
            foreach (int place in places) products[c] += dz[place] * T.CreateChecked(n[place]);
            T count = T.CreateChecked(places.Length);
            T factor = T.CreateChecked(inverse[c]) * (gamma is null ? T.One : T.CreateChecked(gamma[c]));
            foreach (int place in places)
                dz[place] = factor * (dz[place] - (sums[c] / count) - (T.CreateChecked(n[place]) * (products[c] / count)));
        }

        return new(dz, sums, products);
    }

    private sealed record ForwardResult<T>(T[] Output, T[] Normalized, T[] Inverse, T[] Mean, T[] Variance);

    private sealed record BackwardResult<T>(T[] Gradient, T[] Sums, T[] Products);

    /// <summary>A batch of images with several channels.</summary>
    public readonly record struct Images(int Samples, int Channels, int Pixels)
    {
        public int Length => Samples * Channels * Pixels;

        /// <summary>Where the values of a channel lie, starting with a sample of a quarter of the batch's and going round.</summary>
        public int[] PlacesOf(int channel, int order)
        {
            (int samples, int channels, int pixels) = this;
            return
            [
                .. from n in Enumerable.Range(0, samples)
                   let s = (n + (order * samples / Orders)) % samples
                   from p in Enumerable.Range(0, pixels)
                   select (((s * channels) + channel) * pixels) + p,
            ];
        }

        public override string ToString() => $"{Samples} samples, {Channels} channels of {Pixels} pixels";
    }
}
