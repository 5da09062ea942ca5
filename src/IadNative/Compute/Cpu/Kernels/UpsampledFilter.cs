using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// F(4, 3) of images that are upsampled, before they are: 6 products in place of 12, at the points 0, ±1, ±3/2 and infinity. Behind nearest
/// upsampling a tap reads each pixel twice along each side. So the outputs of even rows and columns, of even and odd, of odd and even and of odd are
/// four convolutions of the images as they were, of 3 × 3 taps that are sums of the 5 × 5: output 2y + a reads row y − 1 + ⌊(a + j)/2⌋ with
/// tap j. They are the four phases of a channel, in this order.
/// </summary>
internal readonly unsafe struct UpsampledFilter : IRowFilter<UpsampledFilter>
{
    public static int Taps => 3;

    public static int Points => 6;

    public static ReadOnlySpan<double> Numbers => [0, 1, -1, 1.5, -1.5];

    public static int Phases => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Bordered<T>(T d0, T d1, T d2, T d3, T d4, T d5, T d6, T d7, float* v, nint point)
        where T : struct, ILanes<T>
    {
        T square = T.Create(-2.25f);

        // x·(x² − 9/4)·(x ± 1).
        T even = T.MultiplyAdd(square, d2, d4), odd = T.MultiplyAdd(square, d1, d3);
        T.Store(even + odd, v + point);
        T.Store(even - odd, v + (2 * point));

        // All others have the factor x² − 1.
        T u0 = d2 - d0, u1 = d3 - d1, u2 = d4 - d2, u3 = d5 - d3;
        T.Store(T.MultiplyAdd(square, u0, u2), v);
        T.Store(T.MultiplyAdd(T.Create(1.5f), u1, u2), v + (3 * point));
        T.Store(T.MultiplyAdd(T.Create(-1.5f), u1, u2), v + (4 * point));
        T.Store(T.MultiplyAdd(square, u1, u3), v + (5 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Plain<T>(T d0, T d1, T d2, T d3, float* v, nint point)
        where T : struct, ILanes<T>
    {
        T square = T.Create(2.25f);
        T.Store(d0, v);
        T even = d0 + d2, odd = d1 + d3;
        T.Store(even + odd, v + point);
        T.Store(even - odd, v + (2 * point));
        even = T.MultiplyAdd(square, d2, d0);
        odd = T.Create(1.5f) * T.MultiplyAdd(square, d3, d1);
        T.Store(even + odd, v + (3 * point));
        T.Store(even - odd, v + (4 * point));
        T.Store(d3, v + (5 * point));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Outputs<T>(float* m, nint point, T start, float* y, nint pixel, int count)
        where T : struct, ILanes<T>
    {
        T above = T.Load(m + point) + start, below = T.Load(m + (2 * point));
        T even1 = above + below, odd1 = above - below;
        (above, below) = (T.Load(m + (3 * point)), T.Load(m + (4 * point)));
        T even2 = above + below, odd2 = above - below;
        T.Store(T.Load(m) + (even1 + even2), y);
        if (count < 2) return;
        T.Store(T.MultiplyAdd(T.Create(1.5f), odd2, odd1), y + pixel);
        if (count < 3) return;
        T.Store(T.MultiplyAdd(T.Create(2.25f), even2, even1), y + (2 * pixel));
        if (count < 4) return;
        T.Store(T.Load(m + (5 * point)) + T.MultiplyAdd(T.Create(3.375f), odd2, odd1), y + (3 * pixel));
    }
}
