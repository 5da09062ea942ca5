using BenchmarkDotNet.Attributes;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Bench;

/// <summary>A dense layer as scoring has it, row-major: a single row and a block of them.</summary>
[MemoryDiagnoser]
public class RowsBenchmarks
{
    private Action _multiply = null!;

    [ParamsSource(nameof(Shapes))]
    public LayerShape Shape { get; set; } = null!;

    /// <summary>The layers of the tables' default network, of a wider one, and one whose last vector is not full.</summary>
    public static IEnumerable<LayerShape> Shapes =>
        from samples in new[] { 1, CpuScorer.BlockRows }
        from layer in new[] { (36, 32), (32, 16), (16, 8), (128, 64), (32, 36) }
        select new LayerShape(samples, layer.Item1, layer.Item2);

    [GlobalSetup]
    public void Setup() => _multiply = CpuDevice.SelectLanes(new Factory(Shape));

    [Benchmark]
    public void Multiply() => _multiply();

    private sealed class Factory(LayerShape shape) : ILanesFunction<Action>
    {
        public unsafe Action Invoke<T>()
            where T : struct, ILanes<T>
        {
            (int samples, int inputs, int outputs) = shape;
            int inputStride = Padding.RoundUp(inputs, T.Count), outputStride = Padding.RoundUp(outputs, T.Count);
            FloatBuffer weight = Noise.Buffer(outputs * inputs), packed = new(outputStride * inputs), start = new(outputStride);
            FloatBuffer input = Noise.Buffer(samples * inputStride), output = new(samples * outputStride);
            Rows.Pack(weight.Pointer, outputs, inputs, T.Count, packed.Pointer);
            InnerRange[] ranges = [.. Enumerable.Repeat(new InnerRange(0, inputs), outputStride / T.Count)];
            return () => Rows.Multiply<T>(
                input.Pointer, inputStride, samples, packed.Pointer, inputs, start.Pointer, ranges, 0.01f, output.Pointer,
                outputStride);
        }
    }
}
