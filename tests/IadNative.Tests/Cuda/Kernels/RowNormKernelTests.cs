using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>z = x/max(‖x‖, 1e-12) and dx = (dz − z (z·dz))/max(‖x‖, 1e-12).</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class RowNormKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("rownorm.cu", driver =>
    {
        var bench = new Bench(driver);
        Normalize(bench, samples: 9, width: 33, replicas: 3, sharedInput: true);
        Normalize(bench, samples: 31, width: 3, replicas: 3, sharedInput: false);
    });

    [Test]
    public void Samples_and_gradients_follow_the_formula([Values(1, 2, 31, 33, 257)] int samples)
    {
        foreach ((int width, int replicas) in WidthsAndReplicas)
        {
            Normalize(Bench, samples, width, replicas, sharedInput: false);
            Normalize(Bench, samples, width, replicas, sharedInput: true);
        }
    }

    [Test]
    public void A_sample_of_zeros_stays_and_passes_its_gradient_on_by_the_least_norm()
    {
        (float[][] z, float[][] dx) = Launch(Bench, [[0, 0, 3, 4]], [[1, -2, 1, 0]], samples: 2, width: 2, replicas: 1);
        Assert.That(z[0], Is.EqualTo((float[])[0, 0, 0.6f, 0.8f]).Within(1).Ulps);
        Assert.That(dx[0][..2], Is.EqualTo((float[])[1e12f, -2e12f]).Within(2).Ulps);
        Assert.That(dx[0][2..], Is.EqualTo((float[])[0.128f, -0.096f]).Within(1e-7f));
    }

    private static void Normalize(Bench bench, int samples, int width, int replicas, bool sharedInput)
    {
        var random = new System.Random(samples + width);
        float[][] x = Blocks.Normal(random, sharedInput ? 1 : replicas, samples * width), dz = Blocks.Normal(random, replicas, samples * width);
        (float[][] z, float[][] dx) = Launch(bench, x, dz, samples, width, replicas);
        for (int r = 0; r < replicas; r++)
        {
            string what = $"{samples} x {width}, replica {r} of {replicas}";
            (double[] Z, double[] Dx) exact = Reference<double>(x[sharedInput ? 0 : r], dz[r], width, backwards: false);
            (float[] Z, float[] Dx)[] naive =
                [.. new[] { false, true }.Select(backwards => Reference<float>(x[sharedInput ? 0 : r], dz[r], width, backwards))];
            Tolerance.Check(z[r], exact.Z, [.. naive.Select(run => run.Z)], $"{what}, z");
            Tolerance.Check(dx[r], exact.Dx, [.. naive.Select(run => run.Dx)], $"{what}, dx");
        }
    }

    private static (T[] Z, T[] Dx) Reference<T>(float[] x, float[] dz, int width, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        T[] z = [.. x.Select(T.CreateChecked)], dx = [.. dz.Select(T.CreateChecked)];
        for (int first = 0; first < x.Length; first += width)
        {
            int[] places = [.. Enumerable.Range(first, width)];
            if (backwards) Array.Reverse(places);
            T squares = T.Zero, along = T.Zero;
            foreach (int i in places) squares += z[i] * z[i];
            T norm = T.Max(T.Sqrt(squares), T.CreateChecked(1e-12));
            foreach (int i in places) z[i] /= norm;
            foreach (int i in places) along += z[i] * dx[i];
            foreach (int i in places) dx[i] = (dx[i] - (z[i] * along)) / norm;
        }

        return (z, dx);
    }

    private static (float[][] Z, float[][] Dx) Launch(Bench bench, float[][] x, float[][] dz, int samples, int width, int replicas)
    {
        int length = samples * width;
        Blocks z = Blocks.Output(bench.Driver, replicas, length, length + 3), dx = Blocks.Output(bench.Driver, replicas, length, length + 3);
        var arguments = new RowNormArguments
        {
            Input = Blocks.Input(bench.Driver, x, length + 5).Address,
            Result = z.Address,
            InputStride = x is [_] && replicas > 1 ? 0 : length + 5,
            Stride = length + 3,
            Width = width,
            Samples = samples,
        };
        bench.Launch(CudaRowNormalizeForward.Kernel, arguments, replicas);
        bench.Launch(
            CudaRowNormalizeForward.Kernel,
            arguments with { Result = dx.Address, OutputGradient = Blocks.Input(bench.Driver, dz, length + 3).Address }, replicas);
        return (z.Read("z"), dx.Read("dx"));
    }
}
