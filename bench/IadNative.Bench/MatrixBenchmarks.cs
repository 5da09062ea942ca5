using BenchmarkDotNet.Attributes;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Bench;

/// <summary>A product of matrices as a dense layer has it.</summary>
/// <param name="Samples">B.</param>
/// <param name="Inputs">Columns of the weight.</param>
/// <param name="Outputs">Rows of the weight.</param>
public sealed record LayerShape(int Samples, int Inputs, int Outputs)
{
    /// <summary>Such as 128 x 36 x 32.</summary>
    public override string ToString() => $"{Samples} x {Inputs} x {Outputs}";
}

/// <summary>The three products of a dense layer: forward, gradient of the weight, gradient of the input.</summary>
[MemoryDiagnoser]
public class MatrixBenchmarks
{
    private Products _products = null!;

    [ParamsSource(nameof(Shapes))]
    public LayerShape Shape { get; set; } = null!;

    /// <summary>Layers of the tables' and the images' networks, and the widest that the kernels are tuned for.</summary>
    public static IEnumerable<LayerShape> Shapes =>
    [
        new(128, 36, 32), new(128, 16, 8), new(128, 128, 64), new(200, 784, 32), new(200, 32, 1568), new(1024, 1024, 1024),
    ];

    [GlobalSetup]
    public void Setup() => _products = CpuDevice.SelectLanes(new Factory(Shape));

    [Benchmark]
    public void Forward() => _products.Forward();

    [Benchmark]
    public void WeightGradient() => _products.WeightGradient();

    [Benchmark]
    public void InputGradient() => _products.InputGradient();

    private sealed class Factory(LayerShape shape) : ILanesFunction<Products>
    {
        public Products Invoke<T>()
            where T : struct, ILanes<T> => new Products<T>(shape);
    }

    private abstract class Products
    {
        public abstract void Forward();

        public abstract void WeightGradient();

        public abstract void InputGradient();
    }

    private sealed unsafe class Products<T> : Products
        where T : struct, ILanes<T>
    {
        private readonly FloatBuffer _weight, _gradient, _input, _output;
        private readonly int _inputs, _outputs, _samples, _stride;

        public Products(LayerShape shape)
        {
            (_samples, _inputs, _outputs) = (Padding.RoundUp(shape.Samples, T.Count), shape.Inputs, shape.Outputs);
            _stride = Padding.Stride(shape.Samples);
            _weight = Noise.Buffer(_inputs * _outputs);
            _gradient = Noise.Buffer(_inputs * _outputs);
            _input = Noise.Buffer(_inputs * _stride);
            _output = Noise.Buffer(_outputs * _stride);
        }

        public override void Forward() => Matrix.Multiply<T>(
            _weight.Pointer, _inputs, 1, _outputs, _inputs, _input.Pointer, _output.Pointer, _stride, _samples, null);

        public override void WeightGradient() => Matrix.WeightGradient<T>(
            _output.Pointer, _input.Pointer, _gradient.Pointer, _outputs, _inputs, _stride, _samples);

        public override void InputGradient() => Matrix.Multiply<T>(
            _weight.Pointer, 1, _inputs, _inputs, _outputs, _output.Pointer, _input.Pointer, _stride, _samples, null);
    }
}
