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

    // Small ones, so that small images have several.
    private static readonly ConvTile[] s_tiles = [new(1, 2, 1), new(2, 4, 1), new(5, 2, 3)];

    private static readonly KernelDefinition<ConvolveArguments>[] s_convolutions =
        [ConvKernels.Convolve, ConvKernels.Convolve4, ConvKernels.Convolve1];

    private static readonly KernelDefinition<ConvWeightGradientArguments>[] s_gradients =
        [ConvKernels.WeightGradient, ConvKernels.WeightGradient4];

    // Around tiles and around 4 and 8 output channels.
    private static readonly Images[] s_images =
    [
        new(1, 1, 1, 4, 4), new(3, 2, 9, 7, 5), new(1, 3, 8, 17, 16), new(2, 1, 17, 1, 33), new(5, 4, 2, 2, 2), new(2, 3, 13, 3, 6),
        new(1, 6, 1, 35, 29), new(19, 1, 8, 7, 7),
    ];

    private static readonly Images[] s_evenImages = [new(1, 1, 1, 4, 4), new(2, 3, 9, 6, 10), new(1, 2, 3, 18, 34), new(3, 8, 1, 4, 8)];

    public static readonly KernelExercise Exercise = new("conv.cu", driver =>
    {
        var bench = new Bench(driver);
        foreach (KernelDefinition<ConvolveArguments> kernel in s_convolutions)
            Convolve(bench, kernel, s_tiles[0], new Images(2, 3, 9, 5, 5), replicas: 2, doubled: false, turned: false, hasBias: true, slope: 0.1f);
        foreach (KernelDefinition<ConvWeightGradientArguments> kernel in s_gradients)
            WeightGradient(bench, kernel, isTurned: false, s_tiles[0], new Images(3, 2, 2, 3, 4), replicas: 2, doubled: false, chunk: 2);
    });

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
    public void Every_kernel_and_tile_gives_the_same(
        [ValueSource(nameof(s_convolutions))] KernelDefinition<ConvolveArguments> kernel, [ValueSource(nameof(s_tiles))] ConvTile tile,
        [Values] bool doubled)
    {
        foreach (Images images in (Images[])[new(4, 2, 9, 6, 10), new(2, 3, 4, 2, 22)])
            Convolve(Bench, kernel, tile, images, replicas: 2, doubled, turned: !doubled, hasBias: true, slope: 0.1f);
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
    public void Every_kernel_and_tile_gives_the_same_weight_gradient(
        [ValueSource(nameof(s_gradients))] KernelDefinition<ConvWeightGradientArguments> kernel, [ValueSource(nameof(s_tiles))] ConvTile tile,
        [Values] bool isTurned, [Values] bool doubled)
    {
        foreach (Images images in (Images[])[new(5, 2, 9, 6, 10), new(2, 6, 5, 2, 22)])
            WeightGradient(Bench, kernel, isTurned, tile, images, replicas: 2, doubled, chunk: 4);
    }

    [Test]
    public void The_number_of_replicas_changes_no_bit([ValueSource(nameof(s_images))] Images images)
    {
        float[] alone = Convolve(Bench, images, replicas: 1, doubled: false, turned: false, hasBias: true, slope: 0.1f)[0];
        float[] among = Convolve(Bench, images, replicas: 3, doubled: false, turned: false, hasBias: true, slope: 0.1f, repeats: true)[2];
        Blocks.AssertEqual(among, alone, "convolution");
        alone = WeightGradient(Bench, images, replicas: 1, doubled: false, chunk: 4)[0];
        among = WeightGradient(Bench, images, replicas: 3, doubled: false, chunk: 4, repeats: true)[2];
        Blocks.AssertEqual(among, alone, "gradient");
    }

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

    // As the engine launches it.
    private static float[][] Convolve(
        Bench bench, Images images, int replicas, bool doubled, bool turned, bool hasBias, float slope, bool sharedInput = false,
        bool repeats = false) => Convolve(
        bench, ConvKernels.ConvolveTo(images.Outputs), ConvTile.OfConvolution(images.Height, images.Width, images.Outputs), images, replicas,
        doubled, turned, hasBias, slope, sharedInput, repeats);

    private static float[][] Convolve(
        Bench bench, KernelDefinition<ConvolveArguments> kernel, ConvTile tile, Images images, int replicas, bool doubled, bool turned,
        bool hasBias, float slope, bool sharedInput = false, bool repeats = false)
    {
        string what = $"{kernel.Name}, {tile}, {images}, {replicas} replicas, doubled {doubled}, turned {turned}, bias {hasBias}";
        var random = new System.Random(images.GetHashCode());
        float[][] input = Values(random, sharedInput ? 1 : replicas, images.InputLength(doubled), repeats);
        float[][] weight = Values(random, replicas, images.Weights, repeats);
        float[][]? bias = hasBias ? Values(random, replicas, images.Outputs, repeats) : null;
        Blocks output = Blocks.Output(bench.Driver, replicas, images.OutputLength, images.OutputLength + 5);
        bench.Launch(
            kernel,
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
                TileQuads = tile.Quads,
                TileRows = tile.Rows,
                TileSamples = tile.Samples,
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

        return actual;
    }

    // As the engine launches it.
    private static float[][] WeightGradient(Bench bench, Images images, int replicas, bool doubled, int chunk, bool repeats = false)
    {
        (KernelDefinition<ConvWeightGradientArguments> kernel, bool isTurned) = ConvKernels.GradientOf(images.Outputs, images.Inputs);
        ConvTile tile = ConvTile.OfGradient(images.Height, images.Width, chunk);
        return WeightGradient(bench, kernel, isTurned, tile, images, replicas, doubled, chunk, repeats);
    }

    private static float[][] WeightGradient(
        Bench bench, KernelDefinition<ConvWeightGradientArguments> kernel, bool isTurned, ConvTile tile, Images images, int replicas,
        bool doubled, int chunk, bool repeats = false)
    {
        string what = $"{kernel.Name}, turned {isTurned}, {tile}, {images}, {replicas} replicas, doubled {doubled}, chunks of {chunk}";
        var random = new System.Random(images.GetHashCode());
        float[][] input = Values(random, replicas, images.InputLength(doubled), repeats);
        float[][] gradient = Values(random, replicas, images.OutputLength, repeats);
        ulong inputs = Blocks.Input(bench.Driver, input, input[0].Length + 4).Address;
        ulong gradients = Blocks.Input(bench.Driver, gradient, images.OutputLength + 6).Address;
        int chunks = (images.Samples + chunk - 1) / chunk;
        ulong partials = bench.Driver.Allocate<float>(replicas * chunks * images.Weights);
        bench.Launch(
            kernel,
            new()
            {
                Still = isTurned ? inputs : gradients,
                Shifted = isTurned ? gradients : inputs,
                Partials = partials,
                StillStride = isTurned ? input[0].Length + 4 : images.OutputLength + 6,
                ShiftedStride = isTurned ? images.OutputLength + 6 : input[0].Length + 4,
                StillChannels = isTurned ? images.Inputs : images.Outputs,
                ShiftedChannels = isTurned ? images.Outputs : images.Inputs,
                StillDoubled = doubled && isTurned ? 1 : 0,
                ShiftedDoubled = doubled && !isTurned ? 1 : 0,
                Turned = isTurned ? 1 : 0,
                Height = images.Height,
                Width = images.Width,
                Samples = images.Samples,
                Chunk = chunk,
                TileQuads = tile.Quads,
                TileRows = tile.Rows,
                TileSamples = tile.Samples,
                HaloWidth = tile.GradientHaloWidth,
                HaloLines = tile.GradientHaloLines,
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

        return actual;
    }

    // Standard normal; the same for every replica or not.
    private static float[][] Values(System.Random random, int replicas, int length, bool repeats) =>
        repeats ? [.. Enumerable.Repeat(Blocks.Normal(random, 1, length)[0], replicas)] : Blocks.Normal(random, replicas, length);

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
