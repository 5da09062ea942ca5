using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Brings the rows of a batch together, feature-major.</summary>
internal static unsafe class Batch
{
    /// <summary>
    /// destination[i][s] = (data[rows[s]][i] − offset[i]) · scale[i]; the lanes from <paramref name="samples"/> to
    /// <paramref name="padded"/> become zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(
        float* data, int* rows, int features, float* offset, float* scale, float* destination, nint stride, int samples,
        int padded)
    {
        for (int s = 0; s < samples; s++)
        {
            float* row = data + ((nint)rows[s] * features);
            float* column = destination + s;
            for (int i = 0; i < features; i++)
            {
                *column = (row[i] - offset[i]) * scale[i];
                column += stride;
            }
        }

        for (int s = samples; s < padded; s++)
        {
            for (int i = 0; i < features; i++) destination[(i * stride) + s] = 0;
        }
    }
}
