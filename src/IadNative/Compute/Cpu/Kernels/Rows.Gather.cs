using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>
    /// destination[s][i] = (data[rows[s]][i] − offset[i]) · scale[i]. Lanes past the features are left as they are.
    /// </summary>
    /// <param name="data">Rows of <paramref name="features"/> numbers.</param>
    /// <param name="rows">Which rows; null for the first.</param>
    /// <param name="features">Features.</param>
    /// <param name="offset">One per feature.</param>
    /// <param name="scale">One per feature.</param>
    /// <param name="destination">Receives samples × stride.</param>
    /// <param name="stride">Floats between two samples of destination.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<T>(
        float* data, int* rows, int features, float* offset, float* scale, float* destination, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            float* row = data + ((nint)(rows == null ? s : rows[s]) * features);
            int i = 0;
            for (; i + T.Count <= features; i += T.Count)
                T.Store((T.Load(row + i) - T.Load(offset + i)) * T.Load(scale + i), destination + i);
            if (i < features && features >= T.Count)
            {
                // The last vector overlaps the one before, to the same numbers.
                i = features - T.Count;
                T.Store((T.Load(row + i) - T.Load(offset + i)) * T.Load(scale + i), destination + i);
                i = features;
            }

            for (; i < features; i++) destination[i] = (row[i] - offset[i]) * scale[i];
            destination += stride;
        }
    }
}
