using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>distances[s] = Σ_j (output[s][j] − point[s][j])², in a fixed order.</summary>
    /// <param name="output">samples × stride.</param>
    /// <param name="point">samples × pointStride.</param>
    /// <param name="pointStride">Floats between two samples of point; 0 for a point that all samples share.</param>
    /// <param name="width">Features; lanes past them are equal in both or not finite.</param>
    /// <param name="stride">Floats between two samples of output.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="distances">Receives one number per sample.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquaredDistance<T>(
        float* output, float* point, nint pointStride, int width, nint stride, int samples, float* distances)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            T sum = T.Zero;
            for (int j = 0; j < width; j += T.Count)
            {
                T difference = T.Load(output + j) - T.Load(point + j);
                sum = T.MultiplyAdd(difference, difference, sum);
            }

            distances[s] = T.Sum(sum);
            output += stride;
            point += pointStride;
        }
    }
}
