using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>F(4, 5) of images as they are: 8 products in place of 20, at the points 0, ±1, ±2, ±½ and infinity.</summary>
internal readonly unsafe struct SameSizeFilter : IRowFilter<SameSizeFilter>
{
    public static int Taps => 5;

    public static int Points => 8;

    public static ReadOnlySpan<double> Numbers => [0, 1, -1, 2, -2, 0.5, -0.5];

    public static int Phases => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Bordered<T>(T d0, T d1, T d2, T d3, T d4, T d5, T d6, T d7, float* v, nint point)
        where T : struct, ILanes<T>
    {
        T four = T.Create(-4), quarter = T.Create(-0.25f), two = T.Create(2), half = T.Create(0.5f);

        // x·(x² − 4)·(x² − ¼)·(x ± 1).
        T both = T.Create(-4.25f), even = T.MultiplyAdd(both, d4, d6 + d2), odd = T.MultiplyAdd(both, d3, d5 + d1);
        T.Store(even + odd, v + point);
        T.Store(even - odd, v + (2 * point));

        // All others have the factor x² − 1.
        T u0 = d2 - d0, u1 = d3 - d1, u2 = d4 - d2, u3 = d5 - d3, u4 = d6 - d4, u5 = d7 - d5;
        T w0 = T.MultiplyAdd(quarter, u0, u2), w1 = T.MultiplyAdd(quarter, u1, u3);
        T w2 = T.MultiplyAdd(quarter, u2, u4), w3 = T.MultiplyAdd(quarter, u3, u5);
        T.Store(T.MultiplyAdd(four, w0, w2), v);
        T.Store(T.MultiplyAdd(four, w1, w3), v + (7 * point));
        T.Store(T.MultiplyAdd(two, w1, w2), v + (3 * point));
        T.Store(w2 - (two * w1), v + (4 * point));
        T x1 = T.MultiplyAdd(four, u1, u3), x2 = T.MultiplyAdd(four, u2, u4);
        T.Store(T.MultiplyAdd(half, x1, x2), v + (5 * point));
        T.Store(x2 - (half * x1), v + (6 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Plain<T>(T d0, T d1, T d2, T d3, float* v, nint point)
        where T : struct, ILanes<T>
    {
        T four = T.Create(4), quarter = T.Create(0.25f), two = T.Create(2), half = T.Create(0.5f);
        T.Store(d0, v);
        T even = d0 + d2, odd = d1 + d3;
        T.Store(even + odd, v + point);
        T.Store(even - odd, v + (2 * point));
        even = T.MultiplyAdd(four, d2, d0);
        odd = two * T.MultiplyAdd(four, d3, d1);
        T.Store(even + odd, v + (3 * point));
        T.Store(even - odd, v + (4 * point));
        even = T.MultiplyAdd(quarter, d2, d0);
        odd = half * T.MultiplyAdd(quarter, d3, d1);
        T.Store(even + odd, v + (5 * point));
        T.Store(even - odd, v + (6 * point));
        T.Store(d3, v + (7 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Outputs<T>(float* m, nint point, T start, float* y, nint pixel, int count)
        where T : struct, ILanes<T>
    {
        T above = T.Load(m + point) + start, below = T.Load(m + (2 * point));
        T even1 = above + below, odd1 = above - below;
        (above, below) = (T.Load(m + (3 * point)), T.Load(m + (4 * point)));
        T even2 = above + below, odd2 = above - below;
        (above, below) = (T.Load(m + (5 * point)), T.Load(m + (6 * point)));
        T even3 = above + below, odd3 = above - below;
        T.Store(T.Load(m) + (even1 + (even2 + even3)), y);
        if (count < 2) return;
        T.Store(T.MultiplyAdd(T.Create(2), odd2, T.MultiplyAdd(T.Create(0.5f), odd3, odd1)), y + pixel);
        if (count < 3) return;
        T.Store(T.MultiplyAdd(T.Create(4), even2, T.MultiplyAdd(T.Create(0.25f), even3, even1)), y + (2 * pixel));
        if (count < 4) return;
        T.Store(
            T.Load(m + (7 * point)) + T.MultiplyAdd(T.Create(8), odd2, T.MultiplyAdd(T.Create(0.125f), odd3, odd1)), y + (3 * pixel));
    }
}
