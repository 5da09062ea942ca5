using BenchmarkDotNet.Attributes;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Bench;

/// <summary>
/// The three products of the layers of a flow's MADE block with 32 hidden units, where columns that the mask leaves nothing of are
/// skipped, and the same without skipping.
/// </summary>
[MemoryDiagnoser]
public class MaskedMatrixBenchmarks
{
    private Action[] _products = null!;

    [Params(36, 784)]
    public int Features { get; set; }

    /// <summary>Whether of the layer that goes out, to the means and log-scales, or the one that comes in.</summary>
    [Params(false, true)]
    public bool Outgoing { get; set; }

    [Params(true, false)]
    public bool Skips { get; set; }

    [GlobalSetup]
    public void Setup() => _products = CpuDevice.SelectLanes(new Factory(Features, Outgoing, Skips));

    [Benchmark]
    public void Forward() => _products[0]();

    [Benchmark]
    public void WeightGradient() => _products[1]();

    [Benchmark]
    public void InputGradient() => _products[2]();

    private sealed class Factory(int features, bool outgoing, bool skips) : ILanesFunction<Action[]>
    {
        private const int Samples = 200;

        public unsafe Action[] Invoke<T>()
            where T : struct, ILanes<T>
        {
            Plan plan = BaseModel.MaskedAutoregressiveFlow.WritePlan(new NetworkSpec(32), features, epochs: 1);
            TensorSlot slot = plan.Scoring.OfType<DenseForward>().ElementAt(outgoing ? 1 : 0).Layer.Weight;
            (InnerRange[] Outputs, InnerRange[] Inputs) ranges = (MaskRanges.OfOutputs(slot), MaskRanges.OfInputs(slot));
            InnerRange[] rows = skips ? ranges.Outputs : [], columns = skips ? ranges.Inputs : [];
            (int outputs, int inputs) = (slot.Rows, slot.Columns);
            int samples = Padding.RoundUp(Samples, T.Count), stride = Padding.Stride(Samples);
            FloatBuffer weight = Noise.Buffer(slot.Length), gradient = Noise.Buffer(slot.Length);
            FloatBuffer input = Noise.Buffer(inputs * stride), output = Noise.Buffer(outputs * stride);
            return
            [
                () => Matrix.Multiply<T>(
                    weight.Pointer, inputs, 1, outputs, inputs, input.Pointer, output.Pointer, stride, samples, null, ranges: rows),
                () => Matrix.WeightGradient<T>(
                    output.Pointer, input.Pointer, gradient.Pointer, outputs, inputs, stride, samples, rows),
                () => Matrix.Multiply<T>(
                    weight.Pointer, 1, inputs, inputs, outputs, output.Pointer, input.Pointer, stride, samples, null,
                    ranges: columns),
            ];
        }
    }
}
