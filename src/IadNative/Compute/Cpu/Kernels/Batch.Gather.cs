using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Brings the rows of a batch together, feature-major.</summary>
internal static unsafe partial class Batch
{
    private const int LineSamples = 16, LineFeatures = 128;

    /// <summary>
    /// destination[i][s] = (data[rows[s]][i] − offset[i]) · scale[i]; the lanes from <paramref name="samples"/> to
    /// <paramref name="padded"/> become zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(
        float* data, int* rows, int features, float* offset, float* scale, float* destination, nint stride, int samples,
        int padded)
    {
        int s = 0;
        if (Sse.IsSupported)
        {
            // As many samples as share a cache line, a few features at a time, so that no line is fetched again for its rest.
            for (; s + 4 <= samples; s += Math.Min(LineSamples, (samples - s) / 4 * 4))
            {
                for (int i = 0; i < features; i += LineFeatures)
                {
                    int width = Math.Min(LineFeatures, features - i);
                    for (int four = s; four + 4 <= Math.Min(samples, s + LineSamples); four += 4)
                    {
                        GatherFour(
                            data + i, rows + four, features, width, offset + i, scale + i, destination + (i * stride) + four, stride);
                    }
                }
            }
        }

        for (; s < samples; s++)
        {
            float* row = data + ((nint)rows[s] * features);
            for (int i = 0; i < features; i++) destination[(i * stride) + s] = (row[i] - offset[i]) * scale[i];
        }

        for (; s < padded; s++)
        {
            for (int i = 0; i < features; i++) destination[(i * stride) + s] = 0;
        }
    }

    // Some features of four rows, transposed four features at a time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GatherFour(
        float* data, int* rows, int features, int width, float* offset, float* scale, float* destination, nint stride)
    {
        float* row0 = data + ((nint)rows[0] * features), row1 = data + ((nint)rows[1] * features);
        float* row2 = data + ((nint)rows[2] * features), row3 = data + ((nint)rows[3] * features);
        int i = 0;
        for (; i + 4 <= width; i += 4)
        {
            Vector128<float> offsets = Vector128.Load(offset + i), scales = Vector128.Load(scale + i);
            Vector128<float> x0 = (Vector128.Load(row0 + i) - offsets) * scales;
            Vector128<float> x1 = (Vector128.Load(row1 + i) - offsets) * scales;
            Vector128<float> x2 = (Vector128.Load(row2 + i) - offsets) * scales;
            Vector128<float> x3 = (Vector128.Load(row3 + i) - offsets) * scales;

            // Features 0 and 1 of two rows, 2 and 3 of two rows; then each feature of all four.
            Vector128<float> low01 = Sse.UnpackLow(x0, x1), high01 = Sse.UnpackHigh(x0, x1);
            Vector128<float> low23 = Sse.UnpackLow(x2, x3), high23 = Sse.UnpackHigh(x2, x3);
            Sse.MoveLowToHigh(low01, low23).Store(destination);
            Sse.MoveHighToLow(low23, low01).Store(destination + stride);
            Sse.MoveLowToHigh(high01, high23).Store(destination + (2 * stride));
            Sse.MoveHighToLow(high23, high01).Store(destination + (3 * stride));
            destination += 4 * stride;
        }

        for (; i < width; i++)
        {
            destination[0] = (row0[i] - offset[i]) * scale[i];
            destination[1] = (row1[i] - offset[i]) * scale[i];
            destination[2] = (row2[i] - offset[i]) * scale[i];
            destination[3] = (row3[i] - offset[i]) * scale[i];
            destination += stride;
        }
    }
}
