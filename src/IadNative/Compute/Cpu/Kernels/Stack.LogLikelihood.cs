using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Stack
{
    /// <summary>scores[s] = ½ Σ_j u[s][j]² + constant − logDeterminants[s], the sum in the order of j.</summary>
    /// <param name="u">samples × stride.</param>
    /// <param name="stride">Floats between two samples of u.</param>
    /// <param name="width">d.</param>
    /// <param name="logDeterminants">A vector per sample.</param>
    /// <param name="constant">(d/2)·log 2π, less what all samples' log-determinants have in common; a vector.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="scores">Receives a vector per sample.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LogLikelihood<T>(
        float* u, nint stride, int width, float* logDeterminants, float* constant, int samples, float* scores)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            T squares = T.Zero;
            for (int j = 0; j < width; j++)
            {
                T value = T.Load(u + ((nint)j * T.Count));
                squares = T.MultiplyAdd(value, value, squares);
            }

            T score = T.MultiplyAdd(squares, T.Create(0.5f), T.Load(constant)) - T.Load(logDeterminants + ((nint)s * T.Count));
            T.Store(score, scores + ((nint)s * T.Count));
            u += stride;
        }
    }
}
