using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Operations of scoring with many networks of one shape: lane m of a vector belongs to network m, and an activation is a run of
/// such vectors per sample, one per unit. Lanes never meet, and a sample's numbers never depend on who else is in its block.
/// </summary>
internal static unsafe partial class Stack
{
    /// <summary>x[s][j] = (rows[s][places[j]] − offset[j]) · scale[j], with a place, an offset and a scale per lane.</summary>
    /// <param name="rows">samples × width numbers.</param>
    /// <param name="width">Numbers per row.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="places">features × lanes.</param>
    /// <param name="features">Features of a network.</param>
    /// <param name="scaling">Per feature a vector of offsets and one of scales.</param>
    /// <param name="x">Receives samples × stride.</param>
    /// <param name="stride">Floats between two samples of x.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<T>(
        float* rows, nint width, int samples, int* places, int features, float* scaling, float* x, nint stride)
        where T : struct, ILanes<T>
    {
        int numbers = features * T.Count;
        for (int s = 0; s < samples; s++)
        {
            // First all numbers and then all vectors: a vector is read only when its parts have long been written.
            for (int i = 0; i < numbers; i++) x[i] = rows[places[i]];
            float* own = scaling;
            for (float* end = x + numbers, at = x; at < end; at += T.Count, own += 2 * T.Count)
                T.Store((T.Load(at) - T.Load(own)) * T.Load(own + T.Count), at);
            rows += width;
            x += stride;
        }
    }
}
