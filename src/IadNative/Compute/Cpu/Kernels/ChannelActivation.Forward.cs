using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Batch norm, 2 × 2 max-pooling and leaky ReLU of one channel of a block in one pass. Pooling comes before the ReLU, which never
/// decreases: the result is the same, with a quarter of the work.
/// </summary>
internal static unsafe partial class ChannelActivation
{
    /// <summary>
    /// output = leaky ReLU of y = scale·(z − mean) + shift, or of the largest y of each 2 × 2 window; lanes past the batch become
    /// zero. Where all z of a window are NaN, so is its output.
    /// </summary>
    /// <param name="z">height × width vectors.</param>
    /// <param name="map">The channel's numbers.</param>
    /// <param name="height">Rows of z.</param>
    /// <param name="width">Columns of z.</param>
    /// <param name="pool">Whether to pool; both sides are then even.</param>
    /// <param name="lanes">Samples: lanes within the batch.</param>
    /// <param name="output">The first pixel of the vector of samples.</param>
    /// <param name="stride">Floats between two pixels of output.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        float* z, in ChannelMap map, int height, int width, bool pool, int lanes, float* output, nint stride)
        where T : struct, ILanes<T>
    {
        T mean = T.Create(map.Mean), scale = T.Create(map.Scale), shift = T.Create(map.Shift), slope = T.Create(map.Slope);
        if (!pool)
        {
            for (int pixel = 0; pixel < height * width; pixel++)
            {
                T y = T.MultiplyAdd(T.Load(z) - mean, scale, shift);
                T.Store(T.KeepFirst(T.WherePositive(y, y, y * slope), lanes), output);
                z += T.Count;
                output += stride;
            }

            return;
        }

        nint row = (nint)width * T.Count;
        for (int y = 0; y < height; y += 2)
        {
            for (int x = 0; x < width; x += 2)
            {
                T y0 = T.MultiplyAdd(T.Load(z) - mean, scale, shift);
                T y1 = T.MultiplyAdd(T.Load(z + T.Count) - mean, scale, shift);
                T y2 = T.MultiplyAdd(T.Load(z + row) - mean, scale, shift);
                T y3 = T.MultiplyAdd(T.Load(z + row + T.Count) - mean, scale, shift);
                T best = T.WherePositive(y1 - y0, y1, y0);
                best = T.WherePositive(y2 - best, y2, best);
                best = T.WherePositive(y3 - best, y3, best);
                T.Store(T.KeepFirst(T.WherePositive(best, best, best * slope), lanes), output);
                z += 2 * T.Count;
                output += stride;
            }

            z += row;
        }
    }

    /// <summary><see cref="Forward"/> with pooling in training, which also keeps of each window the z of its first largest y.</summary>
    /// <param name="z">height × width vectors.</param>
    /// <param name="map">The channel's numbers.</param>
    /// <param name="height">Rows of z, an even number.</param>
    /// <param name="width">Columns of z, an even number.</param>
    /// <param name="lanes">Samples: lanes within the batch.</param>
    /// <param name="output">The first pixel of the vector of samples.</param>
    /// <param name="stride">Floats between two pixels of output.</param>
    /// <param name="largest">Receives height / 2 × width / 2 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForwardPooled<T>(
        float* z, in ChannelMap map, int height, int width, int lanes, float* output, nint stride, float* largest)
        where T : struct, ILanes<T>
    {
        T mean = T.Create(map.Mean), scale = T.Create(map.Scale), shift = T.Create(map.Shift), slope = T.Create(map.Slope);
        nint row = (nint)width * T.Count;
        for (int y = 0; y < height; y += 2)
        {
            for (int x = 0; x < width; x += 2)
            {
                T kept = T.Load(z), best = T.MultiplyAdd(kept - mean, scale, shift);
                T other = T.Load(z + T.Count), next = T.MultiplyAdd(other - mean, scale, shift), ahead = next - best;
                (best, kept) = (T.WherePositive(ahead, next, best), T.WherePositive(ahead, other, kept));
                other = T.Load(z + row);
                next = T.MultiplyAdd(other - mean, scale, shift);
                ahead = next - best;
                (best, kept) = (T.WherePositive(ahead, next, best), T.WherePositive(ahead, other, kept));
                other = T.Load(z + row + T.Count);
                next = T.MultiplyAdd(other - mean, scale, shift);
                ahead = next - best;
                (best, kept) = (T.WherePositive(ahead, next, best), T.WherePositive(ahead, other, kept));
                T.Store(T.KeepFirst(T.WherePositive(best, best, best * slope), lanes), output);
                T.Store(kept, largest);
                z += 2 * T.Count;
                output += stride;
                largest += T.Count;
            }

            z += row;
        }
    }
}
