using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Matrix
{
    /// <summary>
    /// g[o][i] = Σ_s d[o][s] · a[i][s]: the gradient of a weight from the gradient of its outputs and its inputs. Lanes past
    /// the batch must be zero in one of the two and finite in the other.
    /// </summary>
    /// <param name="d">outputs × stride.</param>
    /// <param name="a">inputs × stride.</param>
    /// <param name="g">outputs × inputs, row-major; overwritten.</param>
    /// <param name="outputs">Rows of d and g.</param>
    /// <param name="inputs">Rows of a, columns of g.</param>
    /// <param name="stride">Floats between two features of d and of a.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    /// <param name="ranges">Per four outputs, the inputs that one of them sees; the others stay as they are. Empty for all.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeightGradient<T>(
        float* d, float* a, float* g, int outputs, int inputs, nint stride, int samples, ReadOnlySpan<InnerRange> ranges = default)
        where T : struct, ILanes<T>
    {
        // So many inputs that they stay in the first cache while all outputs go by. 512-bit vectors come with 32 registers, which hold twice the
        // sums.
        int block = Math.Max(4, CachedFloats / Math.Max(samples, 1) / 4 * 4);
        for (int first = 0; first < inputs; first += block)
        {
            int end = Math.Min(first + block, inputs), o = 0;
            for (; T.Count == 16 && o + 4 <= outputs; o += 4) Gradients<T, Four>(d, a, g, inputs, stride, samples, o, Part(ranges, o, first, end));
            for (; o + 2 <= outputs; o += 2) Gradients<T, Two>(d, a, g, inputs, stride, samples, o, Part(ranges, o, first, end));
            if (o < outputs) Dots<T>(d, a, g, inputs, stride, samples, o, Part(ranges, o, first, end));
        }
    }

    // The inputs of a block that an output sees.
    private static InnerRange Part(ReadOnlySpan<InnerRange> ranges, int output, int first, int end)
    {
        if (ranges.IsEmpty) return new InnerRange(first, end);
        InnerRange range = ranges[output / 4];
        return new InnerRange(Math.Max(first, range.First), Math.Min(end, range.End));
    }

    // Some outputs, from o on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gradients<T, TOutputs>(float* d, float* a, float* g, int inputs, nint stride, int samples, int o, InnerRange range)
        where T : struct, ILanes<T>
        where TOutputs : struct, ITileSide
    {
        int i = range.First;
        for (; i + 4 <= range.End; i += 4)
            FourInputs<T, TOutputs>(d + (o * stride), a + (i * stride), g + ((nint)o * inputs) + i, inputs, stride, samples);
        for (int n = o; n < o + TOutputs.Count; n++) Dots<T>(d, a, g, inputs, stride, samples, n, range with { First = i });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourInputs<T, TOutputs>(float* d, float* a, float* g, nint gStride, nint stride, int samples)
        where T : struct, ILanes<T>
        where TOutputs : struct, ITileSide
    {
        T g00 = T.Zero, g01 = T.Zero, g02 = T.Zero, g03 = T.Zero, g10 = T.Zero, g11 = T.Zero, g12 = T.Zero, g13 = T.Zero;
        T g20 = T.Zero, g21 = T.Zero, g22 = T.Zero, g23 = T.Zero, g30 = T.Zero, g31 = T.Zero, g32 = T.Zero, g33 = T.Zero;
        float* a2 = a + (2 * stride), d2 = d + (2 * stride);
        for (int s = 0; s < samples; s += T.Count)
        {
            T input0 = T.Load(a + s), input1 = T.Load(a + stride + s), input2 = T.Load(a2 + s), input3 = T.Load(a2 + stride + s);
            Add<T, Four>(T.Load(d + s), input0, input1, input2, input3, ref g00, ref g01, ref g02, ref g03);
            Add<T, Four>(T.Load(d + stride + s), input0, input1, input2, input3, ref g10, ref g11, ref g12, ref g13);
            if (TOutputs.Count == 2) continue;
            Add<T, Four>(T.Load(d2 + s), input0, input1, input2, input3, ref g20, ref g21, ref g22, ref g23);
            Add<T, Four>(T.Load(d2 + stride + s), input0, input1, input2, input3, ref g30, ref g31, ref g32, ref g33);
        }

        T.StoreSums(g00, g01, g02, g03, g);
        T.StoreSums(g10, g11, g12, g13, g + gStride);
        if (TOutputs.Count == 2) return;
        T.StoreSums(g20, g21, g22, g23, g + (2 * gStride));
        T.StoreSums(g30, g31, g32, g33, g + (3 * gStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots<T>(float* d, float* a, float* g, int inputs, nint stride, int samples, int o, InnerRange range)
        where T : struct, ILanes<T>
    {
        for (int i = range.First; i < range.End; i++) g[((nint)o * inputs) + i] = Dot<T>(d + (o * stride), a + (i * stride), samples);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<T>(float* x, float* y, int samples)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero;
        for (int s = 0; s < samples; s += T.Count) sum = T.MultiplyAdd(T.Load(x + s), T.Load(y + s), sum);
        return T.Sum(sum);
    }
}
