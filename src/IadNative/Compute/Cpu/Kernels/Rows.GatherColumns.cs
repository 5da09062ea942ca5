using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>
    /// destination[s][i] = (data[rows[s]][columns[i]] − offset[i]) · scale[i]. Lanes past the features are left as they are. The bits
    /// are those of <see cref="Gather{T}"/> on rows of these columns alone.
    /// </summary>
    /// <param name="data">Rows of <paramref name="width"/> numbers.</param>
    /// <param name="rows">Which rows; null for the first.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="columns">The place of each feature in a row.</param>
    /// <param name="features">Features.</param>
    /// <param name="offset">One per feature.</param>
    /// <param name="scale">One per feature.</param>
    /// <param name="destination">Receives samples × stride.</param>
    /// <param name="stride">Floats between two samples of destination.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherColumns(
        float* data, int* rows, int width, int* columns, int features, float* offset, float* scale, float* destination, nint stride,
        int samples)
    {
        for (int s = 0; s < samples; s++)
        {
            float* row = data + ((nint)(rows == null ? s : rows[s]) * width);
            for (int i = 0; i < features; i++) destination[i] = (row[columns[i]] - offset[i]) * scale[i];
            destination += stride;
        }
    }
}
