using BenchmarkDotNet.Attributes;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Bench;

/// <summary>A 5 × 5 convolution that keeps the size of its images.</summary>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Inputs">Channels that go in.</param>
/// <param name="Outputs">Channels that come out.</param>
public sealed record ConvolutionShape(int Height, int Width, int Inputs, int Outputs)
{
    /// <summary>Such as 28 x 28 x 1 > 8.</summary>
    public override string ToString() => $"{Height} x {Width} x {Inputs} > {Outputs}";
}

/// <summary>
/// The three passes of a convolution on one block of images, as many as a vector has lanes: time per block. The gradient of the
/// weights is that of a layer that carries its gradient on, in whose border it lies.
/// </summary>
[MemoryDiagnoser]
public class ConvolutionBenchmarks
{
    private Passes _passes = null!;

    [ParamsSource(nameof(Shapes))]
    public ConvolutionShape Shape { get; set; } = null!;

    /// <summary>The layers of the encoders for MNIST and Fashion-MNIST.</summary>
    public static IEnumerable<ConvolutionShape> Shapes => [new(28, 28, 1, 8), new(14, 14, 8, 4), new(28, 28, 1, 16), new(14, 14, 16, 32)];

    [GlobalSetup]
    public void Setup() => _passes = CpuDevice.SelectLanes(new Factory(Shape));

    [Benchmark]
    public void Forward() => _passes.Forward();

    [Benchmark]
    public void DataGradient() => _passes.DataGradient();

    [Benchmark]
    public void FilterGradient() => _passes.FilterGradient();

    private sealed class Factory(ConvolutionShape shape) : ILanesFunction<Passes>
    {
        public Passes Invoke<T>()
            where T : struct, ILanes<T> => new Passes<T>(shape);
    }

    private abstract class Passes
    {
        public abstract void Forward();

        public abstract void DataGradient();

        public abstract void FilterGradient();
    }

    private sealed unsafe class Passes<T> : Passes
        where T : struct, ILanes<T>
    {
        private readonly int _inputs, _outputs;
        private readonly TileGrid<SameSizeFilter> _grid;
        private readonly ImagePlanes _images, _z;
        private readonly FloatBuffer _imageBlock, _zBlock, _forward, _turned, _bordered, _plain, _sums, _products, _gradient;

        public Passes(ConvolutionShape shape)
        {
            (int height, int width, _inputs, _outputs) = shape;
            _grid = new TileGrid<SameSizeFilter>(height, width);
            int most = Math.Max(_inputs, _outputs), weights = _outputs * _inputs * ConvLayer.Taps;
            FloatBuffer weight = Noise.Buffer(weights);
            (_forward, _turned, _gradient) = (Weights(_outputs, _inputs), Weights(_inputs, _outputs), new(weights));
            Winograd.TransformWeights<SameSizeFilter>(weight.Pointer, _outputs, _inputs, turned: false, _forward.Pointer);
            Winograd.TransformWeights<SameSizeFilter>(weight.Pointer, _outputs, _inputs, turned: true, _turned.Pointer);
            _imageBlock = Noise.Buffer(_inputs * height * width * T.Count);
            _zBlock = Noise.Buffer(_outputs * height * width * T.Count);
            _images = new ImagePlanes(_imageBlock.Pointer, height, width, T.Count, phases: 1);
            _z = new ImagePlanes(_zBlock.Pointer, height, width, T.Count, phases: 1);
            _bordered = new FloatBuffer((int)_grid.BorderedVectors(most) * T.Count);
            _plain = new FloatBuffer((int)_grid.PlainVectors(most) * T.Count);
            _sums = new FloatBuffer(Winograd.MostSums * T.Count);
            _products = new FloatBuffer(2 * (int)TileGrid<SameSizeFilter>.Weights(_inputs, _outputs));
        }

        public override void Forward() => Convolve(_images, _inputs, _z, _outputs, _forward);

        public override void DataGradient() => Convolve(_z, _outputs, _images, _inputs, _turned);

        // What the sums become at the end is made once per batch, of some 13 blocks.
        public override void FilterGradient()
        {
            for (int c = 0; c < _grid.Columns; c++)
            {
                Winograd.TransformBordered<T, SameSizeFilter>(_z, _outputs, _grid, c, _bordered.Pointer);
                Winograd.TransformPlain<T, SameSizeFilter>(_images, 0, _inputs, _inputs, _grid, c, _plain.Pointer);
                Winograd.AddProducts<T, SameSizeFilter>(
                    _bordered.Pointer, _outputs, _plain.Pointer, _inputs, _grid, (double*)_products.Pointer);
            }

            Winograd.CollectProducts<SameSizeFilter>((double*)_products.Pointer, _outputs, _inputs, turned: true, _gradient.Pointer);
        }

        private static FloatBuffer Weights(int outputs, int inputs) => new((int)TileGrid<SameSizeFilter>.Weights(outputs, inputs));

        private void Convolve(in ImagePlanes from, int inputs, in ImagePlanes to, int outputs, FloatBuffer weights)
        {
            for (int c = 0; c < _grid.Columns; c++)
            {
                Winograd.TransformBordered<T, SameSizeFilter>(from, inputs, _grid, c, _bordered.Pointer);
                Winograd.Forward<T, SameSizeFilter>(
                    _bordered.Pointer, weights.Pointer, null, inputs, outputs, _grid, c, to, _sums.Pointer);
            }
        }
    }
}
