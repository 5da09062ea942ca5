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

    /// <summary>
    /// d loss / d u: gradient[j][s] = factors[s] · u[j][s], zero where that is below <see cref="LeastGradient"/>.
    /// </summary>
    /// <param name="output">u, width × stride.</param>
    /// <param name="factors">d loss / d score per sample.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    /// <param name="gradient">width × stride.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient<T>(float* output, float* factors, int width, nint stride, int samples, float* gradient)
        where T : struct, ILanes<T>
    {
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s += T.Count)
            {
                T pull = T.Load(factors + s) * T.Load(output + (j * stride) + s);
                T.Store(LeastGradient.Drop(pull), gradient + (j * stride) + s);
            }
        }
    }
}
