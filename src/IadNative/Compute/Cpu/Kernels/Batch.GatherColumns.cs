using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Batch
{
    /// <summary>
    /// destination[i][s] = (data[rows[s]][columns[i]] − offset[i]) · scale[i]; the lanes from <paramref name="samples"/> to
    /// <paramref name="padded"/> become zero. The bits are those of <see cref="Gather"/> on rows of these columns alone.
    /// </summary>
    /// <param name="data">Rows of <paramref name="width"/> numbers.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="columns">The place of each feature in a row.</param>
    /// <param name="features">Features.</param>
    /// <param name="offset">One per feature.</param>
    /// <param name="scale">One per feature.</param>
    /// <param name="destination">Receives features × stride.</param>
    /// <param name="stride">Floats between two features of destination.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="padded">Samples with their padding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherColumns(
        float* data, int* rows, int width, int* columns, int features, float* offset, float* scale, float* destination, nint stride,
        int samples, int padded)
    {
        int s = 0;
        for (; s < samples; s++)
        {
            float* row = data + ((nint)rows[s] * width);
            for (int i = 0; i < features; i++) destination[(i * stride) + s] = (row[columns[i]] - offset[i]) * scale[i];
        }

        for (; s < padded; s++)
        {
            for (int i = 0; i < features; i++) destination[(i * stride) + s] = 0;
        }
    }
}
