using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>2 × 2 max-pooling forward and backward, and the gradient of upsampling.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class PoolKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("pool.cu", driver =>
    {
        var bench = new Bench(driver);
        MaxPool(bench, planes: 5, height: 7, width: 9, replicas: 2);
        UpsampleBackward(bench, planes: 5, height: 7, width: 9, replicas: 2);
    });

    // Planes, height and width of the smaller images, around a block of 256 threads.
    private static readonly (int Planes, int Height, int Width)[] _shapes = [(1, 1, 1), (3, 2, 5), (1, 16, 16), (2, 129, 1), (7, 7, 7)];

    [Test]
    public void Windows_keep_their_largest_pixel_and_its_first_place_gets_the_gradient(
        [ValueSource(nameof(_shapes))] (int Planes, int Height, int Width) shape)
    {
        foreach (int replicas in ReplicaCounts) MaxPool(Bench, shape.Planes, shape.Height, shape.Width, replicas);
    }

    [Test]
    public void A_pixel_that_is_no_number_stays_one([Values(0, 1, 2, 3)] int place)
    {
        float[] window = [3, 1, 4, 1];
        window[place] = float.NaN;
        Blocks output = Blocks.Output(Bench.Driver, 1, 1, 2), gradient = Blocks.Output(Bench.Driver, 1, 4, 5);
        ulong input = Blocks.Input(Bench.Driver, [window], 5).Address;
        Bench.Launch(
            PoolKernels.MaxPoolForward,
            new() { Input = input, Output = output.Address, InputStride = 5, OutputStride = 2, Count = 1, Width = 1 }, 1);
        Bench.Launch(
            PoolKernels.MaxPoolBackward,
            new()
            {
                Input = input, OutputGradient = Bench.Driver.Upload<float>([2]), InputGradient = gradient.Address, InputStride = 5,
                OutputStride = 1, Count = 1, Width = 1,
            },
            1);
        Assert.That(output.Read("output")[0], Is.EqualTo([float.NaN]));
        Assert.That(gradient.Read("gradient")[0], Is.EqualTo(Enumerable.Range(0, 4).Select(k => k == place ? 2f : 0f)));
    }

    [Test]
    public void A_pixels_gradient_is_the_sum_of_its_four_copies([ValueSource(nameof(_shapes))] (int Planes, int Height, int Width) shape)
    {
        foreach (int replicas in ReplicaCounts) UpsampleBackward(Bench, shape.Planes, shape.Height, shape.Width, replicas);
    }

    private static void MaxPool(Bench bench, int planes, int height, int width, int replicas)
    {
        string what = $"{planes} planes of {height} x {width}, {replicas} replicas";
        int small = planes * height * width, large = 4 * small;
        var random = new System.Random(small);
        // Few distinct values, so that windows have ties.
        float[][] input = [.. Enumerable.Range(0, replicas).Select(_ => Problem.Values(large, () => random.Next(-2, 3)))];
        float[][] gradient = Blocks.Normal(random, replicas, small);
        ulong inputs = Blocks.Input(bench.Driver, input, large + 3).Address;
        Blocks output = Blocks.Output(bench.Driver, replicas, small, small + 5);
        Blocks inputGradient = Blocks.Output(bench.Driver, replicas, large, large + 3);
        bench.Launch(
            PoolKernels.MaxPoolForward,
            new()
            {
                Input = inputs, Output = output.Address, InputStride = large + 3, OutputStride = small + 5, Count = small, Width = width,
            },
            replicas);
        bench.Launch(
            PoolKernels.MaxPoolBackward,
            new()
            {
                Input = inputs,
                OutputGradient = Blocks.Input(bench.Driver, gradient, small + 2).Address,
                InputGradient = inputGradient.Address,
                InputStride = large + 3,
                OutputStride = small + 2,
                Count = small,
                Width = width,
            },
            replicas);
        float[][] outputs = output.Read(what), gradients = inputGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            float[] largest = new float[small], expected = new float[large];
            for (int i = 0; i < small; i++)
            {
                int[] window = WindowOf(i, width);
                largest[i] = window.Max(place => input[r][place]);
                expected[window.First(place => input[r][place] == largest[i])] = gradient[r][i];
            }

            Blocks.AssertEqual(outputs[r], largest, $"{what}, replica {r}, output");
            Blocks.AssertEqual(gradients[r], expected, $"{what}, replica {r}, gradient");
        }
    }

    private static void UpsampleBackward(Bench bench, int planes, int height, int width, int replicas)
    {
        string what = $"{planes} planes of {height} x {width}, {replicas} replicas";
        int small = planes * height * width, large = 4 * small;
        float[][] gradient = Blocks.Normal(new System.Random(small), replicas, large);
        Blocks inputGradient = Blocks.Output(bench.Driver, replicas, small, small + 5);
        bench.Launch(
            PoolKernels.UpsampleBackward,
            new()
            {
                OutputGradient = Blocks.Input(bench.Driver, gradient, large + 3).Address,
                InputGradient = inputGradient.Address,
                OutputStride = large + 3,
                InputStride = small + 5,
                Count = small,
                Width = width,
            },
            replicas);
        float[][] actual = inputGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            Blocks.AssertEqual(
                actual[r],
                Enumerable.Range(0, small).Select(i => WindowOf(i, width).Select(place => gradient[r][place]).Aggregate((a, b) => a + b)),
                $"{what}, replica {r}");
        }
    }

    // The four pixels of the larger images that belong to pixel i of the smaller ones, row-major.
    private static int[] WindowOf(int i, int width)
    {
        int first = (i / width * 4 * width) + (i % width * 2);
        return [first, first + 1, first + (2 * width), first + (2 * width) + 1];
    }
}
