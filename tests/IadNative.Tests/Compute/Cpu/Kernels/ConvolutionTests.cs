using System.Numerics;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// Kernels of convolutions on blocks of images, on every vector width: against scalar loops over double, with NaN around every
/// buffer and between the pixels where they are apart.
/// </summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class ConvolutionTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const int Side = 5, Taps = 25;

    // Channels around the tile of four, images smaller than a kernel, and widths that do and do not fill the tile of four pixels.
    private static readonly (int Inputs, int Outputs, int Height, int Width)[] _shapes =
    [
        (1, 1, 2, 2), (2, 3, 2, 6), (3, 4, 4, 4), (1, 5, 6, 10), (5, 8, 4, 2), (4, 9, 2, 8), (7, 1, 8, 14), (2, 7, 14, 4),
    ];

    private static int Lanes => TLanes.Count;

    [Test]
    public void Convolutions_are_those_of_loops([Values] bool withStart, [Values(0, 3)] int gap)
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapes)
        {
            var random = new System.Random(inputs + (10 * outputs));
            int bordered = (height + 4) * (width + 4), step = Lanes + gap;
            GuardedBuffer images = Full(inputs * bordered * Lanes, random), weights = Full(outputs * inputs * Taps, random);
            GuardedBuffer start = Full(outputs, random), arranged = new(weights.Length), z = new(outputs * height * width * step);
            Convolution.Arrange(weights.Pointer, outputs, inputs, turned: false, arranged.Pointer);
            arranged.Untouched(_ => true, "arranged");
            Convolution.Forward<TLanes>(
                images.Pointer, arranged.Pointer, withStart ? start.Pointer : null, inputs, outputs, height, width, z.Pointer,
                step);
            z.Untouched(i => i % step < Lanes, "z");
            float[] actual = [.. Enumerable.Range(0, z.Length).Where(i => i % step < Lanes).Select(i => z.Pointer[i])];
            Tolerance.Check(actual, Loops<double>(), [Loops<float>()], $"{inputs} > {outputs}, {height} x {width}");

            T[] Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] a = images.Values<T>(), w = weights.Values<T>(), from = start.Values<T>();
                var sums = new T[outputs * height * width * Lanes];
                for (int n = 0; n < sums.Length; n++)
                {
                    (int o, int y, int x, int lane) = Place(n, height, width);
                    sums[n] = withStart ? from[o] : T.Zero;
                    for (int t = 0; t < inputs * Taps; t++)
                    {
                        (int i, int j, int k) = (t / Taps, t % Taps / Side, t % Side);
                        int pixel = (((i * (height + 4)) + y + j) * (width + 4)) + x + k;
                        sums[n] += w[(o * inputs * Taps) + t] * a[(pixel * Lanes) + lane];
                    }
                }

                return sums;
            }
        }
    }

    [Test]
    public void Equal_surroundings_give_equal_bits_wherever_they_are()
    {
        const int inputs = 3, outputs = 6, height = 6, width = 10;
        var random = new System.Random(1);
        GuardedBuffer images = new(inputs * (height + 4) * (width + 4) * Lanes), weights = Full(outputs * inputs * Taps, random);
        for (int i = 0; i < inputs; i++)
            images.Span.Slice(images.Length / inputs * i, images.Length / inputs).Fill(random.NextSingle());
        GuardedBuffer arranged = new(weights.Length), z = new(outputs * height * width * Lanes);
        Convolution.Arrange(weights.Pointer, outputs, inputs, turned: false, arranged.Pointer);
        Convolution.Forward<TLanes>(images.Pointer, arranged.Pointer, null, inputs, outputs, height, width, z.Pointer, Lanes);
        foreach (float[] channel in z.Span.ToArray().Chunk(height * width * Lanes))
            Assert.That(channel, Has.All.EqualTo(channel[0]));
    }

    [Test]
    public void A_turned_convolution_carries_a_gradient_back()
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapes)
        {
            var random = new System.Random(inputs + (10 * outputs));
            GuardedBuffer weights = Full(outputs * inputs * Taps, random), arranged = new(weights.Length);
            GuardedBuffer dz = Bordered(outputs, height, width, random), dx = new(inputs * height * width * Lanes);
            Convolution.Arrange(weights.Pointer, inputs, outputs, turned: true, arranged.Pointer);
            arranged.Untouched(_ => true, "arranged");
            Convolution.Forward<TLanes>(dz.Pointer, arranged.Pointer, null, outputs, inputs, height, width, dx.Pointer, Lanes);
            dx.Untouched(_ => true, "dx");
            Tolerance.Check(dx.Span, Loops<double>(), [Loops<float>()], $"{inputs} > {outputs}, {height} x {width}");

            // Each z[y][x] holds w[j][k] · image[y + j − 2][x + k − 2].
            T[] Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] d = Inside<T>(dz, outputs, height, width), w = weights.Values<T>();
                var sums = new T[inputs * height * width * Lanes];
                for (int n = 0; n < d.Length; n++)
                {
                    (int o, int y, int x, int lane) = Place(n, height, width);
                    for (int t = 0; t < inputs * Taps; t++)
                    {
                        (int i, int row, int column) = (t / Taps, y + (t % Taps / Side) - 2, x + (t % Side) - 2);
                        if (row < 0 || row >= height || column < 0 || column >= width) continue;
                        sums[(((((i * height) + row) * width) + column) * Lanes) + lane] += w[(o * inputs * Taps) + t] * d[n];
                    }
                }

                return sums;
            }
        }
    }

    [Test]
    public void Weight_gradients_are_those_of_loops_whichever_side_has_the_border([Values] bool turned, [Values(1, 3)] int blocks)
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapes)
        {
            var random = new System.Random(inputs + (10 * outputs));
            GuardedBuffer sums = new(outputs * inputs * Taps * Lanes), gradient = new(outputs * inputs * Taps);
            sums.Span.Clear();
            List<GuardedBuffer> images = [], gradients = [];
            for (int block = 0; block < blocks; block++)
            {
                images.Add(turned ? Full(inputs * height * width * Lanes, random) : Bordered(inputs, height, width, random));
                gradients.Add(turned ? Bordered(outputs, height, width, random) : Full(outputs * height * width * Lanes, random));
                if (turned)
                {
                    Convolution.AddProducts<TLanes>(
                        gradients[block].Pointer, outputs, images[block].Pointer, inputs, height, width, sums.Pointer);
                }
                else
                {
                    Convolution.AddProducts<TLanes>(
                        images[block].Pointer, inputs, gradients[block].Pointer, outputs, height, width, sums.Pointer);
                }
            }

            Convolution.CollectProducts<TLanes>(sums.Pointer, outputs, inputs, turned, gradient.Pointer);
            sums.Untouched(_ => true, "sums");
            gradient.Untouched(_ => true, "gradient");
            float[][] naive = [.. Enumerable.Range(0, 4).Select(Loops<float>)];
            Tolerance.Check(gradient.Span, Loops<double>(0), naive, $"{inputs} > {outputs}, {height} x {width}");

            // The sum over samples and positions starts anywhere: its order is free.
            T[] Loops<T>(int quarter)
                where T : IFloatingPointIeee754<T>
            {
                var result = new T[outputs * inputs * Taps];
                for (int block = 0; block < blocks; block++)
                {
                    T[] a = turned ? images[block].Values<T>() : Inside<T>(images[block], inputs, height, width);
                    T[] d = turned ? Inside<T>(gradients[block], outputs, height, width) : gradients[block].Values<T>();
                    for (int m = 0; m < d.Length; m++)
                    {
                        int n = (m + (quarter * d.Length / 4)) % d.Length;
                        (int o, int y, int x, int lane) = Place(n, height, width);
                        for (int t = 0; t < inputs * Taps; t++)
                        {
                            (int i, int row, int column) = (t / Taps, y + (t % Taps / Side) - 2, x + (t % Side) - 2);
                            if (row < 0 || row >= height || column < 0 || column >= width) continue;
                            int pixel = (((i * height) + row) * width) + column;
                            result[(o * inputs * Taps) + t] += d[n] * a[(pixel * Lanes) + lane];
                        }
                    }
                }

                return result;
            }
        }
    }

    [Test]
    public void Images_are_loaded_into_the_border_and_upsampled_to_the_nearest([Values] bool upsample, [Values(0, 2)] int border)
    {
        foreach ((int channels, _, int height, int width) in _shapes)
        {
            int factor = upsample ? 2 : 1, rows = height / factor, columns = width / factor, stride = Lanes + 3;
            GuardedBuffer images = GuardedBuffer.Random(
                channels * rows * columns * stride, i => i % stride < Lanes, new System.Random(channels));
            int blockWidth = width + (2 * border), blockHeight = height + (2 * border);
            GuardedBuffer block = new(channels * blockHeight * blockWidth * Lanes);
            ImageBlock.Load<TLanes>(images.Pointer, stride, channels, height, width, upsample, border, block.Pointer);
            block.Untouched(IsInside, "block");
            for (int n = 0; n < block.Length; n++)
            {
                if (!IsInside(n)) continue;
                (int c, int y, int x, int lane) = Place(n, blockHeight, blockWidth);
                int pixel = (((c * rows) + ((y - border) / factor)) * columns) + ((x - border) / factor);
                Assert.That(block.Pointer[n], Is.EqualTo(images.Pointer[(pixel * stride) + lane]), $"{c}, {y}, {x}");
            }

            bool IsInside(int n)
            {
                (_, int y, int x, _) = Place(n, blockHeight, blockWidth);
                return y >= border && y < height + border && x >= border && x < width + border;
            }
        }
    }

    [Test]
    public void The_four_pixels_that_upsampling_made_of_one_add_up_to_its_gradient()
    {
        foreach ((int channels, _, int height, int width) in _shapes)
        {
            int stride = Lanes + 3, rows = height / 2, columns = width / 2;
            GuardedBuffer block = Full(channels * height * width * Lanes, new System.Random(channels));
            GuardedBuffer images = new(channels * rows * columns * stride);
            ImageBlock.StoreHalved<TLanes>(block.Pointer, channels, height, width, images.Pointer, stride);
            images.Untouched(i => i % stride < Lanes, "images");
            for (int pixel = 0; pixel < channels * rows * columns; pixel++)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    int above = ((((pixel / columns * 2) * width) + (pixel % columns * 2)) * Lanes) + lane;
                    int below = above + (width * Lanes);
                    float expected = block.Pointer[above] + block.Pointer[above + Lanes]
                        + (block.Pointer[below] + block.Pointer[below + Lanes]);
                    Assert.That(images.Pointer[(pixel * stride) + lane], Is.EqualTo(expected), $"pixel {pixel}");
                }
            }
        }
    }

    // Which channel, row, column and lane a number of a block belongs to.
    private static (int Channel, int Y, int X, int Lane) Place(int n, int height, int width) =>
        (n / Lanes / width / height, n / Lanes / width % height, n / Lanes % width, n % Lanes);

    private static GuardedBuffer Full(int length, System.Random random) => GuardedBuffer.Random(length, _ => true, random);

    // Random images with zeros around them.
    private static GuardedBuffer Bordered(int channels, int height, int width, System.Random random)
    {
        GuardedBuffer images = Full(channels * (height + 4) * (width + 4) * Lanes, random);
        for (int n = 0; n < images.Length; n++)
        {
            (_, int y, int x, _) = Place(n, height + 4, width + 4);
            if (y < 2 || y >= height + 2 || x < 2 || x >= width + 2) images.Pointer[n] = 0;
        }

        return images;
    }

    // The same without what is around them.
    private static T[] Inside<T>(GuardedBuffer bordered, int channels, int height, int width)
        where T : IFloatingPointIeee754<T>
    {
        T[] all = bordered.Values<T>(), inside = new T[channels * height * width * Lanes];
        for (int n = 0; n < inside.Length; n++)
        {
            (int c, int y, int x, int lane) = Place(n, height, width);
            inside[n] = all[(((((c * (height + 4)) + y + 2) * (width + 4)) + x + 2) * Lanes) + lane];
        }

        return inside;
    }
}
