using BenchmarkDotNet.Attributes;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Bench;

/// <summary>
/// Adam over a block of parameters: those of the satellite MLP, of a flow on images, and more than the caches hold.
/// </summary>
[MemoryDiagnoser]
public class AdamBenchmarks
{
    private Action _step = null!;

    [Params(1_792, 262_144, 4_194_304)]
    public int Parameters { get; set; }

    [GlobalSetup]
    public void Setup() => _step = CpuDevice.SelectLanes(new Factory(Parameters));

    [Benchmark]
    public void Step() => _step();

    private sealed class Factory(int parameters) : ILanesFunction<Action>
    {
        public unsafe Action Invoke<T>()
            where T : struct, ILanes<T>
        {
            int padded = Padding.RoundUp(parameters, T.Count);
            FloatBuffer values = new(padded), gradient = new(padded), first = new(padded), second = new(padded);
            gradient.Span.Fill(0.01f);
            var rates = AdamRates.Of(step: 1_000, rate: 1e-6, decay: 0);
            return () => Adam.Step<T>(
                values.Pointer, gradient.Pointer, null, first.Pointer, second.Pointer, parameters, rates);
        }
    }
}
