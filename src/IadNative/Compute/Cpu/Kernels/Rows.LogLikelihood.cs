using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>In place: ½‖u‖² becomes ½‖u‖² + (d/2)·log 2π − log-determinant, per sample.</summary>
    /// <param name="squares">‖u‖² per sample; becomes the score.</param>
    /// <param name="logDeterminants">A vector of partial sums per sample.</param>
    /// <param name="addend">What all samples' log-determinants have in common besides.</param>
    /// <param name="width">d.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LogLikelihood<T>(float* squares, float* logDeterminants, float addend, int width, int samples)
        where T : struct, ILanes<T>
    {
        float constant = width * Kernels.LogLikelihood.HalfLogTwoPi;
        for (int s = 0; s < samples; s++)
        {
            float logDeterminant = T.Sum(T.Load(logDeterminants + ((nint)s * T.Count))) + addend;
            squares[s] = (0.5f * squares[s]) + constant - logDeterminant;
        }
    }
}
