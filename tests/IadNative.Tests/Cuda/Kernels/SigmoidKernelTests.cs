using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>z = 1/(1 + e⁻ˣ) and dx = dz · z (1 − z).</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class SigmoidKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("sigmoid.cu", driver =>
    {
        var bench = new Bench(driver);
        BothWays(bench, count: 257, replicas: 3, sharedInput: true);
        BothWays(bench, count: 33, replicas: 3, sharedInput: false);
    });

    [Test]
    public void Numbers_and_gradients_follow_the_formula([Values(1, 2, 31, 33, 127, 256, 257, 1000)] int count)
    {
        foreach (int replicas in ReplicaCounts)
        {
            BothWays(Bench, count, replicas, sharedInput: false);
            BothWays(Bench, count, replicas, sharedInput: true);
        }
    }

    [Test]
    public void Far_from_zero_it_is_0_or_1_and_NaN_stays()
    {
        float[] x = [-1000, float.NegativeInfinity, 1000, float.PositiveInfinity, 0, float.NaN];
        Assert.That(Launch(Bench, [x], null, x.Length, replicas: 1)[0], Is.EqualTo((float[])[0, 0, 1, 1, 0.5f, float.NaN]));
    }

    private static void BothWays(Bench bench, int count, int replicas, bool sharedInput)
    {
        var random = new System.Random(count);
        float[][] x = [.. Blocks.Normal(random, sharedInput ? 1 : replicas, count).Select(own => own.Select(value => 4 * value).ToArray())];
        float[][] z = Launch(bench, x, null, count, replicas);
        float[][] dz = Blocks.Normal(random, replicas, count), dx = Launch(bench, z, dz, count, replicas);
        for (int r = 0; r < replicas; r++)
        {
            float[] own = x[sharedInput ? 0 : r];
            string what = $"{count}, replica {r} of {replicas}";
            Tolerance.Check(z[r], Forward<double>(own), [Forward<float>(own)], $"{what}, z");
            Tolerance.Check(dx[r], Backward<double>(z[r], dz[r]), [Backward<float>(z[r], dz[r])], $"{what}, dx");
        }
    }

    private static T[] Forward<T>(float[] x)
        where T : IFloatingPointIeee754<T> => [.. x.Select(value => T.One / (T.One + T.Exp(-T.CreateChecked(value))))];

    private static T[] Backward<T>(float[] z, float[] dz)
        where T : IFloatingPointIeee754<T> =>
        [.. z.Zip(dz, (value, slope) => T.CreateChecked(slope) * (T.CreateChecked(value) * (T.One - T.CreateChecked(value))))];

    private static float[][] Launch(Bench bench, float[][] input, float[][]? gradient, int count, int replicas)
    {
        Blocks result = Blocks.Output(bench.Driver, replicas, count, count + 3);
        bench.Launch(
            CudaSigmoidForward.Kernel,
            new()
            {
                Input = Blocks.Input(bench.Driver, input, count + 1).Address,
                OutputGradient = gradient is null ? 0 : Blocks.Input(bench.Driver, gradient, count + 3).Address,
                Result = result.Address,
                InputStride = input is [_] && replicas > 1 ? 0 : count + 1,
                Stride = count + 3,
                Count = count,
            },
            replicas);
        return result.Read("result");
    }
}
