using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The negative log-likelihood of a flow onto a standard normal.</summary>
internal static unsafe class LogLikelihood
{
    /// <summary>½·log 2π.</summary>
    public const float HalfLogTwoPi = 0.918938533204672742f;

    /// <summary>In place: ½‖u‖² becomes ½‖u‖² + (d/2)·log 2π − log-determinant, per sample.</summary>
    /// <param name="squares">‖u‖² per sample; becomes the score.</param>
    /// <param name="logDeterminants">Log-determinant per sample.</param>
    /// <param name="width">d.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score<T>(float* squares, float* logDeterminants, int width, int samples)
        where T : struct, ILanes<T>
    {
        T half = T.Create(0.5f), constant = T.Create(width * HalfLogTwoPi);
        for (int s = 0; s < samples; s += T.Count)
        {
            T normal = T.MultiplyAdd(half, T.Load(squares + s), constant);
            T.Store(normal - T.Load(logDeterminants + s), squares + s);
        }
    }
}
