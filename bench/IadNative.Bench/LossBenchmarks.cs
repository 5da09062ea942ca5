using BenchmarkDotNet.Attributes;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Bench;

/// <summary>Each loss of a batch: distances or likelihoods, weighted loss, and the gradient of the network's output.</summary>
[MemoryDiagnoser]
public class LossBenchmarks
{
    private Action _loss = null!;

    [Params("svdd", "svdd-soft", "ae", "maf")]
    public string Model { get; set; } = "";

    [Params(128, 1024)]
    public int Samples { get; set; }

    [Params(8, 36, 784)]
    public int Width { get; set; }

    [GlobalSetup]
    public void Setup() => _loss = CpuDevice.SelectLanes(new Factory(Model, Samples, Width));

    [Benchmark]
    public void Step() => _loss();

    private sealed class Factory(string model, int samples, int width) : ILanesFunction<Action>
    {
        public unsafe Action Invoke<T>()
            where T : struct, ILanes<T>
        {
            const float radiusSquared = 1, nu = 0.1f;
            int padded = Padding.RoundUp(samples, T.Count), stride = Padding.Stride(samples);
            FloatBuffer output = Noise.Buffer(width * stride), gradient = new(width * stride), center = new(width);
            FloatBuffer target = Noise.Buffer(width * stride), logDeterminants = Noise.Buffer(stride);
            FloatBuffer distances = new(stride), weights = new(stride), factors = new(stride);
            weights.Span[..samples].Fill(1);
            return model switch
            {
                "svdd" => () =>
                {
                    Distance.FromCenter<T>(output.Pointer, center.Pointer, width, stride, padded, distances.Pointer);
                    SampleLoss.Plain<T>(distances.Pointer, weights.Pointer, factors.Pointer, samples);
                    Gradient(null);
                },
                "svdd-soft" => () =>
                {
                    Distance.FromCenter<T>(output.Pointer, center.Pointer, width, stride, padded, distances.Pointer);
                    SampleLoss.SoftBoundary<T>(distances.Pointer, weights.Pointer, factors.Pointer, samples, radiusSquared, nu);
                    Gradient(null);
                },
                "ae" => () =>
                {
                    Distance.FromTarget<T>(output.Pointer, target.Pointer, width, stride, padded, distances.Pointer);
                    SampleLoss.Plain<T>(distances.Pointer, weights.Pointer, factors.Pointer, samples);
                    Gradient(target.Pointer);
                },
                _ => () =>
                {
                    Distance.FromCenter<T>(output.Pointer, center.Pointer, width, stride, padded, distances.Pointer);
                    LogLikelihood.Score<T>(distances.Pointer, logDeterminants.Pointer, width, padded);
                    SampleLoss.Plain<T>(distances.Pointer, weights.Pointer, factors.Pointer, samples);
                    LogLikelihood.Gradient<T>(
                        output.Pointer, factors.Pointer, width, stride, padded, gradient.Pointer);
                },
            };

            void Gradient(float* from) => Distance.Gradient<T>(
                output.Pointer, from, center.Pointer, factors.Pointer, width, stride, padded, gradient.Pointer);
        }
    }
}
