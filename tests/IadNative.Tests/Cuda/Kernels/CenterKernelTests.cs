using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The mean of a network's outputs, kept away from zero by 0.1.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class CenterKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Least = 0.1f;

    public static readonly KernelExercise Exercise = new("center.cu", driver =>
    {
        var bench = new Bench(driver);
        AddOutputs(bench, samples: 33, width: 33, replicas: 3);
        PlaceCenter(bench, [0, 12, -24], [0.1f, 12f / 7, -24f / 7], rows: 7);
    });

    [Test]
    public void Outputs_are_summed_chunk_after_chunk_without_rounding([Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (var (width, replicas) in WidthsAndReplicas) AddOutputs(Bench, samples, width, replicas);
    }

    [Test]
    public void A_center_is_the_mean_unless_that_is_close_to_zero()
    {
        float below = MathF.BitDecrement(Least), above = MathF.BitIncrement(Least);
        PlaceCenter(
            Bench,
            [0.0, -0.0, Least, -Least, below, -below, above, -above, 1e-30, -1e-30, float.Epsilon, -float.Epsilon, 3, -3],
            [Least, Least, Least, -Least, Least, -Least, above, -above, Least, -Least, Least, -Least, 3, -3], rows: 1);
    }

    [Test]
    public void A_center_that_is_no_number_or_infinite_stays_so() => PlaceCenter(
        Bench, [double.NaN, double.PositiveInfinity, double.NegativeInfinity],
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity], rows: 3);

    [Test]
    public void The_mean_is_rounded_once([Values(1, 255, 257, 513)] int count)
    {
        var random = new System.Random(count);
        double Next() => (random.Next(2) == 0 ? 1 : -1) * (10 + random.NextDouble());
        double[] sums = [.. Enumerable.Range(0, count).Select(_ => Next())];
        PlaceCenter(Bench, sums, [.. sums.Select(sum => (float)(sum / 77))], rows: 77);
    }

    private static void AddOutputs(Bench bench, int samples, int width, int replicas)
    {
        const int chunks = 2;
        string what = $"{samples} x {width}, {replicas} replicas";
        int stride = (samples * width) + 5;
        var random = new System.Random(samples + (1000 * width));
        // Multiples of 2^-20: in float64 every sum of them is exact, in float32 it is not.
        double Next() => random.Next(-1 << 20, 1 << 20) * Math.ScaleB(1, -20);
        double[] expected = [.. Enumerable.Range(0, replicas * width).Select(_ => Next())];
        ulong sums = bench.Driver.Upload<double>(expected);
        ulong cursor = bench.Driver.Upload<CursorRecord>([new() { Start = 5, Epoch = 2, Round = 3, Chunk = 5 }]);
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            float[][] output =
                [.. Enumerable.Range(0, replicas).Select(_ => Problem.Values(samples * width, () => (float)Next()))];
            bench.Launch(
                CudaMeanOutput.AddOutputs,
                new()
                {
                    Output = Blocks.Input(bench.Driver, output, stride).Address,
                    Sums = sums,
                    Cursor = cursor,
                    Stride = stride,
                    Width = width,
                    Samples = samples,
                },
                replicas);
            for (int r = 0; r < replicas; r++)
            {
                for (int i = 0; i < output[r].Length; i++) expected[(r * width) + (i % width)] += output[r][i];
            }
        }

        Assert.That(
            bench.Driver.Download<CursorRecord>(cursor, 1)[0],
            Is.EqualTo(new CursorRecord { Start = 5 + samples, Epoch = 2, Round = 3, Chunk = 5 }), what);
        Assert.That(bench.Driver.Download<double>(sums, expected.Length), Is.EqualTo(expected), what);
    }

    private static void PlaceCenter(Bench bench, double[] sums, float[] expected, int rows)
    {
        Blocks center = Blocks.Output(bench.Driver, 1, sums.Length, sums.Length + 300);
        bench.Launch(CudaMeanOutput.PlaceCenter, new()
        {
            Sums = bench.Driver.Upload<double>(sums),
            Center = center.Address,
            Count = sums.Length,
            Rows = rows,
            LeastMagnitude = Least,
        });
        Assert.That(center.Read("center")[0], Is.EqualTo(expected));
    }
}
