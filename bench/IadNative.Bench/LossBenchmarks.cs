using BenchmarkDotNet.Attributes;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Bench;

/// <summary>The loss of a batch: distances, weighted loss, and the gradient of the network's output.</summary>
[MemoryDiagnoser]
public class LossBenchmarks
{
    private Action _loss = null!;

    [Params(128, 1024)]
    public int Samples { get; set; }

    [Params(8, 36, 784)]
    public int Width { get; set; }

    [GlobalSetup]
    public void Setup() => _loss = CpuDevice.SelectLanes(new Factory(Samples, Width));

    [Benchmark]
    public void OneClass() => _loss();

    private sealed class Factory(int samples, int width) : ILanesFunction<Action>
    {
        public unsafe Action Invoke<T>()
            where T : struct, ILanes<T>
        {
            int padded = Padding.RoundUp(samples, T.Count), stride = Padding.Stride(samples);
            FloatBuffer output = new(width * stride), gradient = new(width * stride), center = new(width);
            FloatBuffer distances = new(stride), weights = new(stride), factors = new(stride);
            output.Span.Fill(0.5f);
            weights.Span[..samples].Fill(1);
            return () =>
            {
                SquaredDistance.FromCenter<T>(output.Pointer, center.Pointer, width, stride, padded, distances.Pointer);
                SampleLoss.Plain<T>(distances.Pointer, weights.Pointer, factors.Pointer, samples, 1);
                SquaredDistance.Gradient<T>(
                    output.Pointer, null, center.Pointer, factors.Pointer, width, stride, padded, gradient.Pointer);
            };
        }
    }
}
