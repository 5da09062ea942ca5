using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Stack
{
    /// <summary>distances[s] = Σ_j (output[s][j] − point[s][j])², in the order of j.</summary>
    /// <param name="output">samples × stride.</param>
    /// <param name="stride">Floats between two samples of output.</param>
    /// <param name="point">samples × pointStride.</param>
    /// <param name="pointStride">Floats between two samples of point; 0 for a point that all samples share.</param>
    /// <param name="width">Units.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="distances">Receives a vector per sample.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquaredDistance<T>(
        float* output, nint stride, float* point, nint pointStride, int width, int samples, float* distances)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            T sum = T.Zero;
            for (int j = 0; j < width; j++)
            {
                T difference = T.Load(output + ((nint)j * T.Count)) - T.Load(point + ((nint)j * T.Count));
                sum = T.MultiplyAdd(difference, difference, sum);
            }

            T.Store(sum, distances + ((nint)s * T.Count));
            output += stride;
            point += pointStride;
        }
    }
}
