using System.Numerics;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// Convolutions by minimal filtering on every vector width, of images as they are and of upsampled ones: against scalar loops over double that
/// know of no tiles, points or phases, with NaN around every buffer and between the pixels where they are apart.
/// </summary>
[TestFixture(typeof(Lanes1), typeof(SameSizeFilter))]
[TestFixture(typeof(Lanes128), typeof(SameSizeFilter))]
[TestFixture(typeof(Lanes256), typeof(SameSizeFilter))]
[TestFixture(typeof(Lanes512), typeof(SameSizeFilter))]
[TestFixture(typeof(Lanes1), typeof(UpsampledFilter))]
[TestFixture(typeof(Lanes128), typeof(UpsampledFilter))]
[TestFixture(typeof(Lanes256), typeof(UpsampledFilter))]
[TestFixture(typeof(Lanes512), typeof(UpsampledFilter))]
internal sealed unsafe class WinogradTests<TLanes, TFilter>
    where TLanes : struct, ILanes<TLanes>
    where TFilter : struct, IRowFilter<TFilter>
{
    private const int Side = 5, Taps = 25;

    // Channels around the groups of four and two; whole tiles and parts of one; one column of tiles and more; odd sides. Of images as they are, only
    // what the rule sends here, because the errors of others are larger than allowed.
    private static readonly (int Inputs, int Outputs, int Height, int Width)[] _shapes = Scale == 1
        ? [(4, 3, 14, 14), (5, 8, 15, 18), (8, 4, 14, 14), (17, 5, 15, 14), (4, 9, 14, 17), (4, 4, 16, 16), (5, 5, 17, 19), (5, 3, 28, 28)]
        : [(1, 1, 2, 2), (2, 3, 1, 1), (3, 4, 4, 4), (1, 5, 6, 10), (5, 8, 3, 2), (4, 9, 2, 8), (9, 1, 7, 7), (17, 2, 5, 3), (2, 7, 14, 13)];

    private static readonly (int Inputs, int Outputs, int Height, int Width)[] _shapesOfGradients = Scale == 1
        ? [(1, 5, 14, 14), (3, 4, 15, 17), (5, 2, 14, 18), (1, 3, 28, 14)]
        : _shapes;

    // The layers of the networks for MNIST and Fashion-MNIST and of what carries their gradients back; of decoders before upsampling.
    private static readonly (int Inputs, int Outputs, int Side)[] _layers = Scale == 1
        ? [(8, 4, 14), (4, 8, 14), (16, 32, 14), (32, 16, 14)]
        : [(4, 8, 7), (8, 1, 14), (32, 16, 7), (16, 1, 14)];

    private static int Lanes => TLanes.Count;

    // How much higher and wider z is than the images.
    private static int Scale => TFilter.Phases == 1 ? 1 : 2;

    [Test]
    public void Convolutions_are_those_of_loops([Values] bool withStart, [Values(0, 3)] int gap)
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapes)
        {
            var layer = new Layer(inputs, outputs, height, width, gap);
            GuardedBuffer start = GuardedBuffer.Random(outputs, _ => true, layer.Random);
            layer.Forward(withStart ? start.Pointer : null);
            Tolerance.Check(layer.Z.Inside, Loops<double>(), [Loops<float>()], $"{layer}");

            T[] Loops<T>()
                where T : IFloatingPointIeee754<T>
            {
                T[] from = start.Values<T>(), z = layer.Convolve<T>();
                for (int i = 0; withStart && i < z.Length; i++) z[i] += from[i / (z.Length / outputs)];
                return z;
            }
        }
    }

    [Test]
    public void Gradients_are_carried_back_as_by_loops([Values(0, 3)] int gap)
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapes)
        {
            var layer = new Layer(outputs, inputs, height, width, gap);
            layer.Z.Fill(layer.Random);
            layer.Images.Clear();
            layer.Back();
            Tolerance.Check(layer.Images.Inside, layer.CarryBack<double>(), [layer.CarryBack<float>()], $"{layer}");
        }
    }

    [Test]
    public void Weight_gradients_are_those_of_loops_whichever_side_has_the_border([Values] bool turned, [Values(1, 3)] int blocks)
    {
        foreach ((int inputs, int outputs, int height, int width) in _shapesOfGradients)
        {
            var layers = new Layer[blocks];
            var gradient = new GuardedBuffer(outputs * inputs * Taps);
            GuardedBuffer sums = Layer.Sums(inputs, outputs, turned);
            for (int block = 0; block < blocks; block++)
            {
                layers[block] = new Layer(inputs, outputs, height, width, gap: 0, seed: block);
                layers[block].Z.Fill(layers[block].Random);
                layers[block].AddProducts(turned, (double*)sums.Pointer);
            }

            Winograd.CollectProducts<TFilter>((double*)sums.Pointer, outputs, inputs, turned, gradient.Pointer);
            sums.Untouched(_ => true, "sums");
            gradient.Untouched(_ => true, "gradient");
            float[][] naive = [.. Enumerable.Range(0, 4).Select(Loops<float>)];
            Tolerance.Check(gradient.Span, Loops<double>(0), naive, $"{layers[0]}");

            // The sum over samples and positions starts anywhere: its order is free.
            T[] Loops<T>(int quarter)
                where T : IFloatingPointIeee754<T>
            {
                var result = new T[outputs * inputs * Taps];
                foreach (Layer layer in layers) layer.AddWeightGradient(result, quarter);
                return result;
            }
        }
    }

    [Test]
    public void Errors_in_networks_are_at_most_twice_those_of_the_direct_path()
    {
        foreach ((int inputs, int outputs, int side) in _layers)
        {
            double direct = 0, filtered = 0, magnitude = 0;
            for (int seed = 0; seed < (16 / Lanes) + 2; seed++)
            {
                var layer = new Layer(inputs, outputs, side, side, gap: 0, seed);
                layer.Forward(null);
                double[] exact = layer.Convolve<double>();
                float[] actual = layer.Z.Inside, fused = layer.ConvolveDirectly();
                for (int i = 0; i < exact.Length; i++)
                {
                    filtered = Math.Max(filtered, Math.Abs(actual[i] - exact[i]));
                    direct = Math.Max(direct, Math.Abs(fused[i] - exact[i]));
                    magnitude = Math.Max(magnitude, Math.Abs(exact[i]));
                }
            }

            double unit = MathF.BitIncrement((float)magnitude) - (float)magnitude;
            TestContext.Out.WriteLine(
                $"{inputs} > {outputs}, {side} x {side}: direct {direct / unit:f2}, filtered {filtered / unit:f2} units in the last place");
            Assert.That(filtered <= (2 * direct) + (4 * unit), $"{inputs} > {outputs}"); // not so of NaN
        }
    }

    [Test]
    public void Equal_surroundings_of_a_tile_give_equal_bits_wherever_it_is()
    {
        const int inputs = 3, outputs = 6, height = 9, width = 20;
        var layer = new Layer(inputs, outputs, height, width, gap: 0);
        for (int i = 0; i < inputs; i++)
            layer.Images.Fill(i, layer.Random.NextSingle());
        layer.Forward(null);
        float[][] channels = [.. layer.Z.Inside.Chunk(height * width * Scale * Scale * Lanes)];

        // Tiles that read no zero beside the images.
        int first = 4 * Scale, end = (width - 4) * Scale;
        foreach (float[] channel in channels)
        {
            // Where outputs are of phases, those of one phase.
            var seen = new Dictionary<int, float>();
            for (int i = 0; i < channel.Length; i++)
            {
                (int y, int x) = (i / Lanes / (width * Scale), i / Lanes % (width * Scale));
                if (x < first || x >= end || y < 2 * Scale || y >= (height - 2) * Scale) continue;
                int phase = (y % Scale * Scale) + (x % Scale);
                seen.TryAdd(phase, channel[i]);
                Assert.That(channel[i], Is.EqualTo(seen[phase]), $"{y}, {x}");
            }

            Assert.That(seen, Has.Count.EqualTo(Scale * Scale));
        }
    }

    [Test]
    public void Where_there_is_nothing_nothing_comes_out()
    {
        var layer = new Layer(inputs: 3, outputs: 5, height: 6, width: 11, gap: 0);
        layer.Images.Clear();
        layer.Forward(null);
        Assert.That(layer.Z.Inside, Has.All.Zero);
    }

    // Images of some channels, with room between pixels that stays as it is.
    private sealed class Pictures(int channels, int height, int width, int gap)
    {
        private readonly GuardedBuffer _buffer = new(channels * height * width * (Lanes + gap));

        private int Step => Lanes + gap;

        public float[] Inside
        {
            get
            {
                _buffer.Untouched(i => i % Step < Lanes, "images");
                return [.. Enumerable.Range(0, _buffer.Length).Where(i => i % Step < Lanes).Select(i => _buffer.Pointer[i])];
            }
        }

        public ImagePlanes Planes(int phases) => new(_buffer.Pointer, height, width, Step, phases);

        public void Fill(System.Random random) => Fill(_ => Twin.Problem.Gauss(random));

        public void Fill(int channel, float value)
        {
            for (int i = 0; i < _buffer.Length / channels; i++)
            {
                if (i % Step < Lanes) _buffer.Pointer[(_buffer.Length / channels * channel) + i] = value;
            }
        }

        public void Clear() => Fill(_ => 0);

        public T[] Values<T>()
            where T : IFloatingPointIeee754<T> => [.. Inside.Select(T.CreateChecked)];

        private void Fill(Func<int, float> value)
        {
            for (int i = 0; i < _buffer.Length; i++)
            {
                if (i % Step < Lanes) _buffer.Pointer[i] = value(i);
            }
        }
    }

    // A convolution of random weights, its images and what it makes of them.
    private sealed class Layer
    {
        private readonly int _inputs, _outputs, _height, _width;
        private readonly TileGrid<TFilter> _grid;
        private readonly GuardedBuffer _weights;

        public Layer(int inputs, int outputs, int height, int width, int gap, int seed = 0)
        {
            (_inputs, _outputs, _height, _width) = (inputs, outputs, height, width);
            Random = new System.Random(inputs + (10 * outputs) + (100 * seed));
            _grid = new TileGrid<TFilter>(height, width);
            _weights = GuardedBuffer.Random(outputs * inputs * Taps, _ => true, new System.Random(outputs));
            Images = new Pictures(inputs, height, width, gap);
            Z = new Pictures(outputs, height * Scale, width * Scale, gap);
            Images.Fill(Random);
        }

        public System.Random Random { get; }

        public Pictures Images { get; }

        public Pictures Z { get; }

        private int Phases => _outputs * TFilter.Phases;

        public static GuardedBuffer Sums(int inputs, int outputs, bool turned)
        {
            int phases = outputs * TFilter.Phases;
            var sums = new GuardedBuffer(2 * (int)TileGrid<TFilter>.Weights(turned ? inputs : phases, turned ? phases : inputs));
            sums.Span.Clear();
            return sums;
        }

        public override string ToString() => $"{_inputs} > {_outputs}, {_height} x {_width}";

        public void Forward(float* start) => Forward(turned: false, Images.Planes(1), Z.Planes(TFilter.Phases), start);

        public void Back() => Forward(turned: true, Z.Planes(TFilter.Phases), Images.Planes(1), null);

        public void AddProducts(bool turned, double* sums)
        {
            (int bordered, int plain) = turned ? (Phases, _inputs) : (_inputs, Phases);
            ImagePlanes images = Images.Planes(1), z = Z.Planes(TFilter.Phases);
            GuardedBuffer columns = Columns(_grid.BorderedVectors(bordered)), others = Columns(_grid.PlainVectors(plain));
            for (int c = 0; c < _grid.Columns; c++)
            {
                Winograd.TransformBordered<TLanes, TFilter>(turned ? z : images, bordered, _grid, c, columns.Pointer);
                Winograd.TransformPlain<TLanes, TFilter>(turned ? images : z, 0, plain, plain, _grid, c, others.Pointer);
                Winograd.AddProducts<TLanes, TFilter>(columns.Pointer, bordered, others.Pointer, plain, _grid, sums);
            }

            columns.Untouched(_ => true, "columns");
            others.Untouched(_ => true, "columns without a border");
        }

        // The direct path, of upsampled images in a border.
        public float[] ConvolveDirectly()
        {
            (int height, int width) = (_height * Scale, _width * Scale);
            GuardedBuffer bordered = new(_inputs * (height + 4) * (width + 4) * Lanes);
            GuardedBuffer arranged = new(_weights.Length), z = new(_outputs * height * width * Lanes);
            bordered.Span.Clear();
            float[] images = Images.Inside;
            for (int n = 0; n < _inputs * height * width * Lanes; n++)
            {
                (int i, int y, int x, int lane) = Place(n, height, width);
                int target = (((i * (height + 4)) + y + 2) * (width + 4)) + x + 2;
                int source = (((i * _height) + (y / Scale)) * _width) + (x / Scale);
                bordered.Pointer[(target * Lanes) + lane] = images[(source * Lanes) + lane];
            }

            Convolution.Arrange(_weights.Pointer, _outputs, _inputs, turned: false, arranged.Pointer);
            Convolution.Forward<TLanes>(bordered.Pointer, arranged.Pointer, null, _inputs, _outputs, height, width, z.Pointer, Lanes);
            return z.Span.ToArray();
        }

        public T[] Convolve<T>()
            where T : IFloatingPointIeee754<T>
        {
            T[] images = Images.Values<T>(), weights = _weights.Values<T>();
            var z = new T[_outputs * _height * _width * Scale * Scale * Lanes];
            ForEachTap(z.Length, 0, (n, weight, pixel) => z[n] += weights[weight] * images[pixel]);
            return z;
        }

        public T[] CarryBack<T>()
            where T : IFloatingPointIeee754<T>
        {
            T[] dz = Z.Values<T>(), weights = _weights.Values<T>();
            var images = new T[_inputs * _height * _width * Lanes];
            ForEachTap(dz.Length, 0, (n, weight, pixel) => images[pixel] += weights[weight] * dz[n]);
            return images;
        }

        public void AddWeightGradient<T>(T[] gradient, int quarter)
            where T : IFloatingPointIeee754<T>
        {
            T[] dz = Z.Values<T>(), images = Images.Values<T>();
            ForEachTap(dz.Length, quarter * dz.Length / 4, (n, weight, pixel) => gradient[weight] += images[pixel] * dz[n]);
        }

        // Everything that meets: an output, a weight, and a pixel before upsampling.
        private void ForEachTap(int outputs, int from, Action<int, int, int> meet)
        {
            (int height, int width) = (_height * Scale, _width * Scale);
            for (int m = 0; m < outputs; m++)
            {
                int n = (m + from) % outputs;
                (int o, int y, int x, int lane) = Place(n, height, width);
                for (int t = 0; t < _inputs * Taps; t++)
                {
                    (int i, int row, int column) = (t / Taps, y + (t % Taps / Side) - 2, x + (t % Side) - 2);
                    if (row < 0 || row >= height || column < 0 || column >= width) continue;
                    int pixel = (((i * _height) + (row / Scale)) * _width) + (column / Scale);
                    meet(n, (o * _inputs * Taps) + t, (pixel * Lanes) + lane);
                }
            }
        }

        private void Forward(bool turned, ImagePlanes from, ImagePlanes to, float* start)
        {
            (int inputs, int outputs) = turned ? (Phases, _inputs) : (_inputs, Phases);
            var transformed = new GuardedBuffer((int)TileGrid<TFilter>.Weights(outputs, inputs));
            Winograd.TransformWeights<TFilter>(_weights.Pointer, _outputs, _inputs, turned, transformed.Pointer);
            transformed.Untouched(_ => true, "transformed weights");
            GuardedBuffer columns = Columns(_grid.BorderedVectors(inputs)), sums = new(Winograd.MostSums * Lanes);
            for (int c = 0; c < _grid.Columns; c++)
            {
                Winograd.TransformBordered<TLanes, TFilter>(from, inputs, _grid, c, columns.Pointer);
                Winograd.Forward<TLanes, TFilter>(
                    columns.Pointer, transformed.Pointer, start, inputs, outputs, _grid, c, to, sums.Pointer);
            }

            columns.Untouched(_ => true, "columns");
            sums.Untouched(_ => true, "sums");
        }

        // Zero where nothing is written: in the border, and in channels past the last.
        private static GuardedBuffer Columns(long vectors)
        {
            var columns = new GuardedBuffer((int)vectors * Lanes);
            columns.Span.Clear();
            return columns;
        }

        private static (int Channel, int Y, int X, int Lane) Place(int n, int height, int width) =>
            (n / Lanes / width / height, n / Lanes / width % height, n / Lanes % width, n % Lanes);
    }
}
