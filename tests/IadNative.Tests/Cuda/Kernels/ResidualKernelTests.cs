using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>A branch beside its input, to the last bit.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class ResidualKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("residual.cu", driver =>
    {
        var bench = new Bench(driver);
        Add(bench, count: 257, replicas: 3, sharedInput: false);
        Copy(bench, count: 33, replicas: 3);
    });

    [Test]
    public void The_branch_is_added_to_the_input_or_copied([Values(1, 2, 31, 33, 127, 256, 257, 1000)] int count)
    {
        foreach (int replicas in ReplicaCounts)
        {
            Add(Bench, count, replicas, sharedInput: false);
            Add(Bench, count, replicas, sharedInput: true);
            Copy(Bench, count, replicas);
        }
    }

    private static void Add(Bench bench, int count, int replicas, bool sharedInput)
    {
        var random = new System.Random(count);
        float[][] input = Blocks.Normal(random, sharedInput ? 1 : replicas, count), branch = Blocks.Normal(random, replicas, count);
        float[][] sum = Launch(bench, input, branch, count, replicas);
        for (int r = 0; r < replicas; r++)
            Assert.That(sum[r], Is.EqualTo(input[sharedInput ? 0 : r].Zip(branch[r], (x, n) => x + n)), $"{count}, replica {r}");
    }

    private static void Copy(Bench bench, int count, int replicas)
    {
        float[][] branch = Blocks.Normal(new System.Random(count), replicas, count);
        Assert.That(Launch(bench, null, branch, count, replicas), Is.EqualTo(branch), $"{count}");
    }

    private static float[][] Launch(Bench bench, float[][]? input, float[][] branch, int count, int replicas)
    {
        Blocks output = Blocks.Output(bench.Driver, replicas, count, count + 3);
        bench.Launch(
            CudaResidualForward.Kernel,
            new()
            {
                Input = input is null ? 0 : Blocks.Input(bench.Driver, input, count + 1).Address,
                Branch = Blocks.Input(bench.Driver, branch, count + 2).Address,
                Output = output.Address,
                InputStride = input is [_] ? 0 : count + 1,
                BranchStride = count + 2,
                OutputStride = count + 3,
                Count = count,
            },
            replicas);
        return output.Read("output");
    }
}
