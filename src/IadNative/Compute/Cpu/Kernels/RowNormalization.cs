using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Samples brought to the unit sphere, as <see cref="RowNormalizeForward"/> says; lanes are samples.</summary>
internal static unsafe class RowNormalization
{
    /// <summary>z = x/max(‖x‖, least).</summary>
    /// <param name="x">width × stride.</param>
    /// <param name="z">Receives width × stride.</param>
    /// <param name="width">Numbers of a sample.</param>
    /// <param name="stride">Floats between two numbers of a sample.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(float* x, float* z, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count)
        {
            T norm = Norm<T>(x + s, width, stride);
            for (int j = 0; j < width; j++) T.Store(T.Load(x + s + (j * stride)) / norm, z + s + (j * stride));
        }
    }

    /// <summary>dx = (dz − z (z·dz))/max(‖x‖, least).</summary>
    /// <param name="x">width × stride.</param>
    /// <param name="z">width × stride.</param>
    /// <param name="zGradient">width × stride.</param>
    /// <param name="xGradient">Receives width × stride.</param>
    /// <param name="width">Numbers of a sample.</param>
    /// <param name="stride">Floats between two numbers of a sample.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(float* x, float* z, float* zGradient, float* xGradient, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count)
        {
            T norm = Norm<T>(x + s, width, stride), along = T.Zero;
            for (int j = 0; j < width; j++)
                along = T.MultiplyAdd(T.Load(z + s + (j * stride)), T.Load(zGradient + s + (j * stride)), along);
            for (int j = 0; j < width; j++)
            {
                T across = T.Load(zGradient + s + (j * stride)) - (T.Load(z + s + (j * stride)) * along);
                T.Store(across / norm, xGradient + s + (j * stride));
            }
        }
    }

    private static T Norm<T>(float* x, int width, nint stride)
        where T : struct, ILanes<T>
    {
        T squares = T.Zero, least = T.Create(RowNormalizeForward.LeastNorm);
        for (int j = 0; j < width; j++)
        {
            T value = T.Load(x + (j * stride));
            squares = T.MultiplyAdd(value, value, squares);
        }

        T norm = T.Sqrt(squares);
        return T.WherePositive(norm - least, norm, least);
    }
}
