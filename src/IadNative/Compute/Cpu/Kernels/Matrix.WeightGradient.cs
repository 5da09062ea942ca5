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
        var all = new InnerRange(0, inputs);
        int o = 0;
        for (; o + 2 <= outputs; o += 2)
        {
            InnerRange range = ranges.IsEmpty ? all : ranges[o / 4];
            int i = range.First;
            for (; i + 4 <= range.End; i += 4)
                Gradient2x4<T>(d + (o * stride), a + (i * stride), g + ((nint)o * inputs) + i, inputs, stride, samples);
            for (; i < range.End; i++)
            {
                g[((nint)o * inputs) + i] = Dot<T>(d + (o * stride), a + (i * stride), samples);
                g[((nint)(o + 1) * inputs) + i] = Dot<T>(d + ((o + 1) * stride), a + (i * stride), samples);
            }
        }

        if (o == outputs) return;
        InnerRange rest = ranges.IsEmpty ? all : ranges[o / 4];
        for (int i = rest.First; i < rest.End; i++)
            g[((nint)o * inputs) + i] = Dot<T>(d + (o * stride), a + (i * stride), samples);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gradient2x4<T>(float* d, float* a, float* g, nint gStride, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        T g00 = T.Zero, g01 = T.Zero, g02 = T.Zero, g03 = T.Zero, g10 = T.Zero, g11 = T.Zero, g12 = T.Zero, g13 = T.Zero;
        float* a2 = a + (2 * stride);
        for (int s = 0; s < samples; s += T.Count)
        {
            T d0 = T.Load(d + s), d1 = T.Load(d + stride + s);
            T input = T.Load(a + s);
            g00 = T.MultiplyAdd(d0, input, g00);
            g10 = T.MultiplyAdd(d1, input, g10);
            input = T.Load(a + stride + s);
            g01 = T.MultiplyAdd(d0, input, g01);
            g11 = T.MultiplyAdd(d1, input, g11);
            input = T.Load(a2 + s);
            g02 = T.MultiplyAdd(d0, input, g02);
            g12 = T.MultiplyAdd(d1, input, g12);
            input = T.Load(a2 + stride + s);
            g03 = T.MultiplyAdd(d0, input, g03);
            g13 = T.MultiplyAdd(d1, input, g13);
        }

        T.StoreSums(g00, g01, g02, g03, g);
        T.StoreSums(g10, g11, g12, g13, g + gStride);
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
