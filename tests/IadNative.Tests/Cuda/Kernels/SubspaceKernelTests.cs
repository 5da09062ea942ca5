using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>What RSRAE has beside its reconstruction error: pulls towards a subspace, and its weight towards orthonormal rows.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class SubspaceKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("subspace.cu", driver =>
    {
        var bench = new Bench(driver);
        Residual(bench, samples: 9, width: 33, replicas: 3);
        Orthogonality(bench, dimensions: 17, width: 33, replicas: 3);
    });

    [Test]
    public void Residuals_become_pulls_of_one_length([Values(1, 2, 31, 33, 257)] int samples)
    {
        foreach ((int width, int replicas) in WidthsAndReplicas) Residual(Bench, samples, width, replicas);
    }

    [Test]
    public void Rows_are_drawn_to_be_orthonormal([Values(1, 2, 10, 31, 64)] int dimensions)
    {
        foreach ((int width, int replicas) in WidthsAndReplicas) Orthogonality(Bench, dimensions, width, replicas);
    }

    [Test]
    public void The_example_has_its_loss_and_gradient()
    {
        (double[] loss, float[][] gradient) = LaunchOrthogonality(Bench, [[0.5f, 1]], dimensions: 1, width: 2, samples: 1);
        Assert.That(loss[0], Is.EqualTo(0.0625).Within(1e-15));
        Assert.That(gradient[0], Is.EqualTo((float[])[0.5f, 1]));
    }

    private static void Residual(Bench bench, int samples, int width, int replicas)
    {
        int length = samples * width, stride = length + 3, batchStride = samples + 2;
        var random = new System.Random(length);
        float[][] codes = Blocks.Normal(random, replicas, length), projected = Blocks.Normal(random, replicas, length);
        float[][] weights = Blocks.Positive(random, replicas, samples);
        for (int r = 0; r < replicas; r++)
        {
            for (int s = 1; s < samples; s += 3) weights[r][s] = 0;
            codes[r].AsSpan(^width..).CopyTo(projected[r].AsSpan(^width..)); // a residual of zero
        }

        Blocks losses = Blocks.Output(bench.Driver, replicas, samples, batchStride);
        Blocks pull = Blocks.Output(bench.Driver, replicas, length, stride), negative = Blocks.Output(bench.Driver, replicas, length, stride);
        bench.Launch(
            CudaSubspaceLoss.Kernel,
            new()
            {
                Codes = Blocks.Input(bench.Driver, codes, length + 5).Address,
                Projected = Blocks.Input(bench.Driver, projected, stride).Address,
                Weights = Blocks.Input(bench.Driver, weights, batchStride).Address,
                Losses = losses.Address,
                CodesGradient = pull.Address,
                Negative = negative.Address,
                CodesStride = length + 5,
                Stride = stride,
                BatchStride = batchStride,
                Width = width,
                Samples = samples,
            },
            replicas);
        float[][] actualLosses = losses.Read("losses"), actual = pull.Read("pull");
        Assert.That(negative.Read("negative"), Is.EqualTo(actual.Select(block => block.Select(value => -value))));
        for (int r = 0; r < replicas; r++)
        {
            string what = $"{samples} x {width}, replica {r} of {replicas}";
            (double[] Losses, double[] Pull) exact = Reference<double>(codes[r], projected[r], weights[r], backwards: false);
            (float[] Losses, float[] Pull)[] naive =
                [.. new[] { false, true }.Select(backwards => Reference<float>(codes[r], projected[r], weights[r], backwards))];
            Tolerance.Check(actualLosses[r], exact.Losses, [.. naive.Select(run => run.Losses)], $"{what}, losses");
            Tolerance.Check(actual[r], exact.Pull, [.. naive.Select(run => run.Pull)], $"{what}, pull");
            Assert.That(actual[r][^width..], Has.All.Zero, what);
        }
    }

    private static (T[] Losses, T[] Pull) Reference<T>(float[] codes, float[] projected, float[] weights, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        int samples = weights.Length, width = codes.Length / samples;
        T[] losses = new T[samples], pull = [.. codes.Zip(projected, (y, p) => T.CreateChecked(y) - T.CreateChecked(p))];
        for (int s = 0; s < samples; s++)
        {
            T squares = T.Zero;
            for (int j = 0; j < width; j++)
            {
                T value = pull[(s * width) + (backwards ? width - 1 - j : j)];
                squares += value * value;
            }

            T norm = T.Sqrt(squares);
            losses[s] = T.CreateChecked(weights[s]) * norm;
            for (int j = 0; norm > T.Zero && j < width; j++)
                pull[(s * width) + j] = T.CreateChecked(weights[s]) / T.CreateChecked(samples) / norm * pull[(s * width) + j];
        }

        return (losses, pull);
    }

    private static void Orthogonality(Bench bench, int dimensions, int width, int replicas)
    {
        const int samples = 7;
        float[][] weight = Blocks.Normal(new System.Random(dimensions + width), replicas, dimensions * width);
        (double[] loss, float[][] gradient) = LaunchOrthogonality(bench, weight, dimensions, width, samples);
        for (int r = 0; r < replicas; r++)
        {
            string what = $"{dimensions} x {width}, replica {r} of {replicas}";
            (double Loss, double[] Gradient) exact = Reference<double>(weight[r], dimensions, backwards: false);
            (float Loss, float[] Gradient)[] naive =
                [.. new[] { false, true }.Select(backwards => Reference<float>(weight[r], dimensions, backwards))];
            Assert.That(loss[r], Is.EqualTo(samples * exact.Loss).Within(1e-12 * samples * exact.Loss), what);
            Tolerance.Check(gradient[r], exact.Gradient, [.. naive.Select(run => run.Gradient)], $"{what}, gradient");
        }
    }

    private static (T Loss, T[] Gradient) Reference<T>(float[] weight, int dimensions, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        int width = weight.Length / dimensions;
        T[] w = [.. weight.Select(T.CreateChecked)], products = new T[dimensions * dimensions], gradient = new T[w.Length];
        T share = T.One / T.CreateChecked(products.Length), loss = T.Zero;
        for (int i = 0; i < products.Length; i++)
        {
            (int a, int b) = (i / dimensions, i % dimensions);
            for (int j = 0; j < width; j++)
            {
                int k = backwards ? width - 1 - j : j;
                products[i] += w[(a * width) + k] * w[(b * width) + k];
            }

            if (a == b) products[i] -= T.One;
            loss += share * products[i] * products[i];
        }

        for (int i = 0; i < w.Length; i++)
        {
            for (int b = 0; b < dimensions; b++)
                gradient[i] += T.CreateChecked(4) * share * products[(i / width * dimensions) + b] * w[(b * width) + (i % width)];
        }

        return (loss, gradient);
    }

    private static (double[] Loss, float[][] Gradient) LaunchOrthogonality(Bench bench, float[][] weight, int dimensions, int width, int samples)
    {
        int replicas = weight.Length, length = dimensions * width;
        ulong loss = bench.Driver.Upload<double>(new double[replicas]);
        Blocks gradient = Blocks.Output(bench.Driver, replicas, length, length + 3);
        bench.Launch(
            CudaOrthogonalityLoss.Kernel,
            new()
            {
                Weight = Blocks.Input(bench.Driver, weight, length + 3).Address,
                Gradient = gradient.Address,
                Products = bench.Driver.Allocate<float>(replicas * dimensions * dimensions),
                EpochLoss = loss,
                Stride = length + 3,
                Dimensions = dimensions,
                Width = width,
                Samples = samples,
            },
            replicas);
        return (bench.Driver.Download<double>(loss, replicas), gradient.Read("gradient"));
    }
}
