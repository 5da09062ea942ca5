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
    // What the losses count for where their gradients are added to others.
    private const float Share = 0.3f;

    public static readonly KernelExercise Exercise = new("subspace.cu", driver =>
    {
        var bench = new Bench(driver);
        foreach (bool accumulate in (bool[])[false, true])
        {
            Residual(bench, samples: 9, width: 33, replicas: 3, accumulate);
            Orthogonality(bench, dimensions: 17, width: 33, replicas: 3, accumulate);
        }
    });

    [Test]
    public void Residuals_become_pulls_of_one_length([Values(1, 2, 31, 33, 257)] int samples, [Values] bool accumulate)
    {
        foreach ((int width, int replicas) in WidthsAndReplicas) Residual(Bench, samples, width, replicas, accumulate);
    }

    [Test]
    public void Rows_are_drawn_to_be_orthonormal([Values(1, 2, 10, 31, 64)] int dimensions, [Values] bool accumulate)
    {
        foreach ((int width, int replicas) in WidthsAndReplicas) Orthogonality(Bench, dimensions, width, replicas, accumulate);
    }

    [Test]
    public void The_example_has_its_loss_and_gradient()
    {
        (double[] loss, float[][] gradient) = LaunchOrthogonality(Bench, [[0.5f, 1]], null, dimensions: 1, width: 2, samples: 1);
        Assert.That(loss[0], Is.EqualTo(0.0625).Within(1e-15));
        Assert.That(gradient[0], Is.EqualTo((float[])[0.5f, 1]));
    }

    private static void Residual(Bench bench, int samples, int width, int replicas, bool accumulate)
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
        float[][]? before = accumulate ? Blocks.Normal(random, replicas, length) : null;
        Blocks pull = Blocks.Output(bench.Driver, replicas, length, stride), negative = Blocks.Output(bench.Driver, replicas, length, stride);
        if (before is not null) pull = Blocks.Input(bench.Driver, before, stride);
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
                Factor = before is null ? 1 : Share,
                Accumulate = before is null ? 0 : 1,
            },
            replicas);
        float[][] actualLosses = losses.Read("losses"), actual = pull.Read("pull");
        float[][] own = [.. negative.Read("negative").Select(block => (float[])[.. block.Select(value => -value)])];
        if (before is null) Assert.That(actual, Is.EqualTo(own));
        for (int r = 0; r < replicas; r++)
        {
            string what = $"{samples} x {width}, replica {r} of {replicas}";
            (double[] Losses, double[] Pull) exact = Reference<double>(codes[r], projected[r], weights[r], accumulate, backwards: false);
            (float[] Losses, float[] Pull)[] naive =
                [.. new[] { false, true }.Select(backwards => Reference<float>(codes[r], projected[r], weights[r], accumulate, backwards))];
            Tolerance.Check(actualLosses[r], exact.Losses, [.. naive.Select(run => run.Losses)], $"{what}, losses");
            Tolerance.Check(own[r], exact.Pull, [.. naive.Select(run => run.Pull)], $"{what}, pull");
            Assert.That(own[r][^width..], Has.All.Zero, what);
            if (before is null) continue;
            Tolerance.Check(
                actual[r], [.. before[r].Zip(exact.Pull, (sum, term) => sum + term)],
                [.. naive.Select(run => (float[])[.. before[r].Zip(run.Pull, (sum, term) => sum + term)])], $"{what}, sum");
        }
    }

    private static (T[] Losses, T[] Pull) Reference<T>(float[] codes, float[] projected, float[] weights, bool isShare, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        int samples = weights.Length, width = codes.Length / samples;
        T share = isShare ? T.CreateChecked(Share) : T.One;
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
            T weight = share * T.CreateChecked(weights[s]);
            losses[s] = weight * norm;
            for (int j = 0; norm > T.Zero && j < width; j++)
                pull[(s * width) + j] = weight / T.CreateChecked(samples) / norm * pull[(s * width) + j];
        }

        return (losses, pull);
    }

    private static void Orthogonality(Bench bench, int dimensions, int width, int replicas, bool accumulate)
    {
        const int samples = 7;
        var random = new System.Random(dimensions + width);
        float[][] weight = Blocks.Normal(random, replicas, dimensions * width);
        float[][]? before = accumulate ? Blocks.Normal(random, replicas, dimensions * width) : null;
        (double[] loss, float[][] gradient) = LaunchOrthogonality(bench, weight, before, dimensions, width, samples);
        for (int r = 0; r < replicas; r++)
        {
            string what = $"{dimensions} x {width}, replica {r} of {replicas}";
            (double Loss, double[] Gradient) exact = Reference<double>(weight[r], before?[r], dimensions, backwards: false);
            (float Loss, float[] Gradient)[] naive =
                [.. new[] { false, true }.Select(backwards => Reference<float>(weight[r], before?[r], dimensions, backwards))];
            Assert.That(loss[r], Is.EqualTo(samples * exact.Loss).Within(1e-12 * samples * exact.Loss), what);
            Tolerance.Check(gradient[r], exact.Gradient, [.. naive.Select(run => run.Gradient)], $"{what}, gradient");
        }
    }

    private static (T Loss, T[] Gradient) Reference<T>(float[] weight, float[]? before, int dimensions, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        int width = weight.Length / dimensions;
        T[] w = [.. weight.Select(T.CreateChecked)], products = new T[dimensions * dimensions], gradient = new T[w.Length];
        T share = (before is null ? T.One : T.CreateChecked(Share)) / T.CreateChecked(products.Length), loss = T.Zero;
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
            if (before is not null) gradient[i] += T.CreateChecked(before[i]);
        }

        return (loss, gradient);
    }

    private static (double[] Loss, float[][] Gradient) LaunchOrthogonality(
        Bench bench, float[][] weight, float[][]? before, int dimensions, int width, int samples)
    {
        int replicas = weight.Length, length = dimensions * width;
        ulong loss = bench.Driver.Upload<double>(new double[replicas]);
        Blocks gradient = before is null
            ? Blocks.Output(bench.Driver, replicas, length, length + 3) : Blocks.Input(bench.Driver, before, length + 3);
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
                Factor = before is null ? 1 : Share,
                Accumulate = before is null ? 0 : 1,
            },
            replicas);
        return (bench.Driver.Download<double>(loss, replicas), gradient.Read("gradient"));
    }
}
