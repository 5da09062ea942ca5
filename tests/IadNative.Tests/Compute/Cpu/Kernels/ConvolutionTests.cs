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
    public void Equal_surroundings_give_equal_bits_wherever_they_are()
    {
        const int inputs = 3, outputs = 6, height = 6, width = 10;
        var random = new System.Random(1);
        GuardedBuffer images = new(inputs * (height + 4) * (width + 4) * Lanes), weights = Full(outputs * inputs * Taps, random);
        for (int i = 0; i < inputs; i++)
            images.Span.Slice(images.Length / inputs * i, images.Length / inputs).Fill(random.NextSingle());
        GuardedBuffer arranged = new(weights.Length), z = new(outputs * height * width * Lanes);
        Convolution.Arrange(weights.Pointer, outputs, inputs, arranged.Pointer);
        Convolution.Forward<TLanes>(images.Pointer, arranged.Pointer, inputs, outputs, height, width, z.Pointer, Lanes);
        foreach (float[] channel in z.Span.ToArray().Chunk(height * width * Lanes))
            Assert.That(channel, Has.All.EqualTo(channel[0]));
    }

    [Test]
    public void A_turned_convolution_carries_a_gradient_back([Values(0, 3)] int gap)
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapes)
        {
            int step = Lanes + gap;
            var random = new System.Random(inputs + (10 * outputs));
            GuardedBuffer weights = Full(outputs * inputs * Taps, random), arranged = new(weights.Length);
            GuardedBuffer dz = Bordered(outputs, height, width, random), dx = new(inputs * height * width * step);
            Convolution.Arrange(weights.Pointer, inputs, outputs, arranged.Pointer);
            arranged.Untouched(_ => true, "arranged");
            Convolution.Forward<TLanes>(dz.Pointer, arranged.Pointer, outputs, inputs, height, width, dx.Pointer, step);
            dx.Untouched(i => i % step < Lanes, "dx");
            float[] actual = [.. Enumerable.Range(0, dx.Length).Where(i => i % step < Lanes).Select(i => dx.Pointer[i])];
            Tolerance.Check(actual, Loops<double>(), [Loops<float>()], $"{inputs} > {outputs}, {height} x {width}");

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
