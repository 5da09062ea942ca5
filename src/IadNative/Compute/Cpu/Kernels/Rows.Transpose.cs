using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>
    /// features[j][s] = rows[s][j]: what <see cref="Rows"/> lay out to what <see cref="Convolution"/> works on. Lanes from
    /// <paramref name="samples"/> to <paramref name="padded"/> become zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToFeatures(
        float* rows, nint rowStride, int width, int samples, int padded, float* features, nint featureStride)
    {
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s++) features[s] = rows[(s * rowStride) + j];
            for (int s = samples; s < padded; s++) features[s] = 0;
            features += featureStride;
        }
    }

    /// <summary>rows[s][j] = features[j][s], the way back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromFeatures(float* features, nint featureStride, int width, int samples, float* rows, nint rowStride)
    {
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s++) rows[(s * rowStride) + j] = features[s];
            features += featureStride;
        }
    }
}
