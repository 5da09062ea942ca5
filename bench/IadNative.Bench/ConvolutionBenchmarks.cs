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
/// The three passes of a convolution on one block of images, as many as a vector has lanes: time per block. The gradients are those
/// of a layer that carries its gradient on, whose images have no border.
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
        private readonly int _height, _width, _inputs, _outputs;
        private readonly FloatBuffer _forward, _turned, _borderedImages, _images, _borderedGradients, _sums, _products, _gradient;

        public Passes(ConvolutionShape shape)
        {
            (_height, _width, _inputs, _outputs) = shape;
            int bordered = (_height + (2 * ConvLayer.Border)) * (_width + (2 * ConvLayer.Border)), pixels = _height * _width;
            int weights = _outputs * _inputs * ConvLayer.Taps;
            FloatBuffer weight = Noise.Buffer(weights);
            (_forward, _turned, _gradient) = (new(weights), new(weights), new(weights));
            Convolution.Arrange(weight.Pointer, _outputs, _inputs, turned: false, _forward.Pointer);
            Convolution.Arrange(weight.Pointer, _inputs, _outputs, turned: true, _turned.Pointer);
            _borderedImages = Noise.Buffer(_inputs * bordered * T.Count);
            _images = Noise.Buffer(_inputs * pixels * T.Count);
            _borderedGradients = Noise.Buffer(_outputs * bordered * T.Count);
            _sums = new FloatBuffer(Math.Max(_inputs, _outputs) * pixels * T.Count);
            _products = new FloatBuffer(weights * T.Count);
        }

        public override void Forward() => Convolution.Forward<T>(
            _borderedImages.Pointer, _forward.Pointer, null, _inputs, _outputs, _height, _width, _sums.Pointer, T.Count);

        public override void DataGradient() => Convolution.Forward<T>(
            _borderedGradients.Pointer, _turned.Pointer, null, _outputs, _inputs, _height, _width, _sums.Pointer, T.Count);

        // The sums over lanes at the end are made once per batch, of some 13 blocks.
        public override void FilterGradient()
        {
            Convolution.AddProducts<T>(
                _borderedGradients.Pointer, _outputs, _images.Pointer, _inputs, _height, _width, _products.Pointer);
            Convolution.CollectProducts<T>(_products.Pointer, _outputs, _inputs, turned: true, _gradient.Pointer);
        }
    }
}
