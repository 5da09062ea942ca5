using System.Numerics;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>5 × 5 convolutions of images, their gradients to the input and to the weights, and the sums of partial sums.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class ConvKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const int Taps = ConvLayer.Taps, Side = ConvLayer.KernelSide, Border = ConvLayer.Border;

    public static readonly KernelExercise Exercise = new("conv.cu", driver =>
    {
        var bench = new Bench(driver);
        Convolve(bench, new Images(2, 3, 9, 17, 5), replicas: 2, doubled: false, turned: false, hasBias: true, slope: 0.1f);
        WeightGradient(bench, new Images(3, 2, 2, 18, 4), replicas: 2, doubled: false, chunk: 2);
    });

    // Around a tile of 16 x 16 pixels and around 8 output channels.
    private static readonly Images[] s_images =
        [new(1, 1, 1, 4, 4), new(3, 2, 9, 7, 5), new(1, 3, 8, 17, 16), new(2, 1, 17, 1, 33), new(5, 4, 2, 2, 2)];

    private static readonly Images[] s_evenImages = [new(1, 1, 1, 4, 4), new(2, 3, 9, 6, 10), new(1, 2, 3, 18, 34)];

    [Test]
    public void Every_pixel_is_a_sum_over_channels_and_taps(
        [ValueSource(nameof(s_images))] Images images, [Values] bool turned, [Values] bool hasBias)
    {
        foreach (int replicas in ReplicaCounts) Convolve(Bench, images, replicas, doubled: false, turned, hasBias, slope: 0.1f);
    }

    [Test]
    public void Images_are_doubled_on_the_way_in([ValueSource(nameof(s_evenImages))] Images images)
    {
        foreach (int replicas in ReplicaCounts) Convolve(Bench, images, replicas, doubled: true, turned: false, hasBias: false, slope: 1);
    }

    [Test]
    public void All_replicas_can_share_one_input() =>
        Convolve(Bench, new Images(3, 1, 4, 6, 5), replicas: 3, doubled: false, turned: false, hasBias: true, slope: 1, sharedInput: true);

    [Test]
    public void Weight_gradients_are_sums_over_samples_and_pixels([ValueSource(nameof(s_images))] Images images, [Values(1, 2, 8)] int chunk)
    {
        foreach (int replicas in ReplicaCounts) WeightGradient(Bench, images, replicas, doubled: false, chunk);
    }

    [Test]
    public void Weight_gradients_know_doubled_images([ValueSource(nameof(s_evenImages))] Images images) =>
        WeightGradient(Bench, images, replicas: 2, doubled: true, chunk: 8);

    [Test]
    public void Partial_sums_are_added_chunk_after_chunk([Values(1, 2, 26)] int chunks, [Values(1, 255, 257, 600)] int length)
    {
        const int replicas = 3;
        int stride = length + 3;
        float[] partials = Blocks.Normal(new System.Random(length), 1, replicas * chunks * length)[0];
        Blocks sums = Blocks.Output(Bench.Driver, replicas, length, stride);
        Bench.Launch(
            ConvKernels.AddPartials,
            new() { Partials = Bench.Driver.Upload<float>(partials), Sums = sums.Address, SumsStride = stride, Length = length, Chunks = chunks },
            replicas);
        float[][] actual = sums.Read("sums");
        for (int r = 0; r < replicas; r++)
        {
            float[] expected = new float[length];
            for (int i = 0; i < length; i++)
            {
                expected[i] = partials[(r * chunks * length) + i];
                for (int c = 1; c < chunks; c++) expected[i] += partials[(((r * chunks) + c) * length) + i];
            }

            Blocks.AssertEqual(actual[r], expected, $"replica {r}");
        }
    }

    private static void Convolve(
        Bench bench, Images images, int replicas, bool doubled, bool turned, bool hasBias, float slope, bool sharedInput = false)
    {
        string what = $"{images}, {replicas} replicas, doubled {doubled}, turned {turned}, bias {hasBias}";
        var random = new System.Random(images.GetHashCode());
        float[][] input = Blocks.Normal(random, sharedInput ? 1 : replicas, images.InputLength(doubled));
        float[][] weight = Blocks.Normal(random, replicas, images.Weights);
        float[][]? bias = hasBias ? Blocks.Normal(random, replicas, images.Outputs) : null;
        Blocks output = Blocks.Output(bench.Driver, replicas, images.OutputLength, images.OutputLength + 5);
        bench.Launch(
            ConvKernels.Convolve,
            new()
            {
                Input = Blocks.Input(bench.Driver, input, input[0].Length + 4).Address,
                Weight = Blocks.Input(bench.Driver, weight, images.Weights + 7).Address,
                Bias = bias is null ? 0 : Blocks.Input(bench.Driver, bias, images.Outputs + 2).Address,
                Output = output.Address,
                InputStride = sharedInput ? 0 : input[0].Length + 4,
                WeightStride = images.Weights + 7,
                BiasStride = images.Outputs + 2,
                OutputStride = images.OutputLength + 5,
                InChannels = images.Inputs,
                OutChannels = images.Outputs,
                Height = images.Height,
                Width = images.Width,
                Samples = images.Samples,
                Doubled = doubled ? 1 : 0,
                Turned = turned ? 1 : 0,
                Slope = slope,
            },
            replicas);
        float[][] actual = output.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            T[] Reference<T>(bool backwards)
                where T : IFloatingPointIeee754<T> =>
                Convolved<T>(images, input[sharedInput ? 0 : r], weight[r], bias?[r], doubled, turned, slope, backwards);

            Tolerance.Check(actual[r], Reference<double>(false), [Reference<float>(false), Reference<float>(true)], $"{what}, replica {r}");
        }
    }

    private static void WeightGradient(Bench bench, Images images, int replicas, bool doubled, int chunk)
    {
        string what = $"{images}, {replicas} replicas, doubled {doubled}, chunks of {chunk}";
        var random = new System.Random(images.GetHashCode());
        float[][] input = Blocks.Normal(random, replicas, images.InputLength(doubled));
        float[][] gradient = Blocks.Normal(random, replicas, images.OutputLength);
        int chunks = (images.Samples + chunk - 1) / chunk;
        ulong partials = bench.Driver.Allocate<float>(replicas * chunks * images.Weights);
        bench.Launch(
            ConvKernels.WeightGradient,
            new()
            {
                Input = Blocks.Input(bench.Driver, input, input[0].Length + 4).Address,
                OutputGradient = Blocks.Input(bench.Driver, gradient, images.OutputLength + 6).Address,
                Partials = partials,
                InputStride = input[0].Length + 4,
                GradientStride = images.OutputLength + 6,
                InChannels = images.Inputs,
                OutChannels = images.Outputs,
                Height = images.Height,
                Width = images.Width,
                Samples = images.Samples,
                Doubled = doubled ? 1 : 0,
                Chunk = chunk,
            },
            replicas);
        Blocks sums = Blocks.Output(bench.Driver, replicas, images.Weights, images.Weights + 3);
        bench.Launch(
            ConvKernels.AddPartials,
            new()
            {
                Partials = partials, Sums = sums.Address, SumsStride = images.Weights + 3, Length = images.Weights, Chunks = chunks,
            },
            replicas);
        float[][] actual = sums.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            T[] Reference<T>(bool backwards)
                where T : IFloatingPointIeee754<T> => WeightGradients<T>(images, input[r], gradient[r], doubled, backwards);

            Tolerance.Check(actual[r], Reference<double>(false), [Reference<float>(false), Reference<float>(true)], $"{what}, replica {r}");
        }
    }

    private static T[] Convolved<T>(
        Images images, float[] input, float[] weight, float[]? bias, bool doubled, bool turned, float slope, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        var output = new T[images.OutputLength];
        int terms = images.Inputs * Taps;
        for (int place = 0; place < output.Length; place++)
        {
            (int s, int o, int y, int x) = images.PlaceOf(place, images.Outputs);
            T sum = bias is null ? T.Zero : T.CreateChecked(bias[o]);
            for (int n = 0; n < terms; n++)
            {
                (int i, int tap) = Math.DivRem(backwards ? terms - 1 - n : n, Taps);
                int at = turned ? (((i * images.Outputs) + o) * Taps) + Taps - 1 - tap : (((o * images.Inputs) + i) * Taps) + tap;
                sum += T.CreateChecked(weight[at]) * Pixel<T>(images, input, doubled, s, i, y, x, tap);
            }

            output[place] = sum > T.Zero ? sum : sum * T.CreateChecked(slope);
        }

        return output;
    }

    private static T[] WeightGradients<T>(Images images, float[] input, float[] gradient, bool doubled, bool backwards)
        where T : IFloatingPointIeee754<T>
    {
        var sums = new T[images.Weights];
        for (int n = 0; n < gradient.Length; n++)
        {
            int place = backwards ? gradient.Length - 1 - n : n;
            (int s, int o, int y, int x) = images.PlaceOf(place, images.Outputs);
            for (int i = 0; i < images.Inputs; i++)
            {
                for (int tap = 0; tap < Taps; tap++)
                {
                    sums[(((o * images.Inputs) + i) * Taps) + tap] +=
                        T.CreateChecked(gradient[place]) * Pixel<T>(images, input, doubled, s, i, y, x, tap);
                }
            }
        }

        return sums;
    }

    // The pixel that a tap of the kernel at (y, x) sees.
    private static T Pixel<T>(Images images, float[] input, bool doubled, int s, int i, int y, int x, int tap)
        where T : IFloatingPointIeee754<T>
    {
        (y, x) = (y + (tap / Side) - Border, x + (tap % Side) - Border);
        if (y < 0 || y >= images.Height || x < 0 || x >= images.Width) return T.Zero;
        (int height, int width) = doubled ? (images.Height / 2, images.Width / 2) : (images.Height, images.Width);
        if (doubled) (y, x) = (y / 2, x / 2);
        return T.CreateChecked(input[(((((s * images.Inputs) + i) * height) + y) * width) + x]);
    }

    /// <summary>A batch of images with several channels, before and after a convolution.</summary>
    public readonly record struct Images(int Samples, int Inputs, int Outputs, int Height, int Width)
    {
        public int Weights => Inputs * Outputs * Taps;

        public int OutputLength => Samples * Outputs * Height * Width;

        public int InputLength(bool doubled) => Samples * Inputs * Height * Width / (doubled ? 4 : 1);

        public (int Sample, int Channel, int Y, int X) PlaceOf(int place, int channels) =>
            (place / Width / Height / channels, place / Width / Height % channels, place / Width % Height, place % Width);

        public override int GetHashCode() => (((((Samples * 31) + Inputs) * 31) + Outputs) * 31) + (Height * 100) + Width;

        public override string ToString() => $"{Samples} samples, {Inputs} to {Outputs} channels of {Height} x {Width}";
    }
}
