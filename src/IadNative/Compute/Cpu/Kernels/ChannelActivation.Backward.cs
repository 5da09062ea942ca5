using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class ChannelActivation
{
    /// <summary>
    /// Σ dy and Σ dy·ẑ over one channel of a block, where dy is the gradient behind the ReLU: with pooling, all of it is at the first largest y of
    /// each window, and only these are read.
    /// </summary>
    /// <param name="z">A vector for each pixel: z as in <see cref="Forward"/>; of a pooled channel, what <see cref="ForwardPooled"/> has kept.</param>
    /// <param name="map">The channel's numbers.</param>
    /// <param name="pixels">Pixels of gradient.</param>
    /// <param name="gradient">d loss / d output, the first pixel of the vector of samples; zero in lanes past the batch.</param>
    /// <param name="stride">Floats between two pixels of gradient.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Gradient, float Product) Sums<T>(float* z, in ChannelMap map, int pixels, float* gradient, nint stride)
        where T : struct, ILanes<T>
    {
        T mean = T.Create(map.Mean), scale = T.Create(map.Scale), shift = T.Create(map.Shift), slope = T.Create(map.Slope);
        T sum = T.Zero, product = T.Zero;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            T deviation = T.Load(z) - mean, d = T.Load(gradient);
            T dy = T.WherePositive(T.MultiplyAdd(deviation, scale, shift), d, d * slope);
            sum += dy;
            product = T.MultiplyAdd(dy, deviation, product);
            z += T.Count;
            gradient += stride;
        }

        return (T.Sum(sum), T.Sum(product) * map.Inverse);
    }

    /// <summary>
    /// dz = scale · (dy − mean of dy − ẑ · mean of dy·ẑ) for some columns of a channel of a block, with dy as in <see cref="Sums"/>; zero in
    /// lanes past the batch.
    /// </summary>
    /// <param name="z">height rows of vectors, as in <see cref="Forward"/>, the first of the columns.</param>
    /// <param name="zRow">Floats between two rows of z.</param>
    /// <param name="map">The channel's numbers.</param>
    /// <param name="height">Rows of z.</param>
    /// <param name="width">Columns of z that are asked for.</param>
    /// <param name="pool">Whether the channel was pooled.</param>
    /// <param name="gradient">d loss / d output, the first pixel of the columns.</param>
    /// <param name="gradientRow">Floats between two rows of gradient.</param>
    /// <param name="stride">Floats between two pixels of gradient.</param>
    /// <param name="meanGradient">Mean of dy over the batch and all positions; 0 without batch norm.</param>
    /// <param name="meanProduct">Mean of dy·ẑ; 0 without batch norm.</param>
    /// <param name="lanes">Samples: lanes within the batch.</param>
    /// <param name="dz">Receives height rows of width vectors.</param>
    /// <param name="dzRow">Floats between two rows of dz.</param>
    /// <returns>Σ dz, the gradient of a bias.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Backward<T>(
        float* z, nint zRow, in ChannelMap map, int height, int width, bool pool, float* gradient, nint gradientRow, nint stride,
        float meanGradient, float meanProduct, int lanes, float* dz, nint dzRow)
        where T : struct, ILanes<T>
    {
        T mean = T.Create(map.Mean), scale = T.Create(map.Scale), shift = T.Create(map.Shift), slope = T.Create(map.Slope);
        T offset = T.Create(meanGradient), tilt = T.Create(-meanProduct * map.Inverse), total = T.Zero;
        if (!pool)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    T deviation = T.Load(z + ((nint)x * T.Count)) - mean, d = T.Load(gradient + (x * stride));
                    T dy = T.WherePositive(T.MultiplyAdd(deviation, scale, shift), d, d * slope);
                    T value = T.KeepFirst(T.MultiplyAdd(deviation, tilt, dy - offset) * scale, lanes);
                    T.Store(value, dz + ((nint)x * T.Count));
                    total += value;
                }

                z += zRow;
                gradient += gradientRow;
                dz += dzRow;
            }

            return T.Sum(total);
        }

        for (int y = 0; y < height; y += 2)
        {
            float* window = z, from = gradient, target = dz;
            for (int x = 0; x < width; x += 2)
            {
                T z0 = T.Load(window) - mean, z1 = T.Load(window + T.Count) - mean;
                T z2 = T.Load(window + zRow) - mean, z3 = T.Load(window + zRow + T.Count) - mean;
                T best = T.MultiplyAdd(z0, scale, shift), next = T.MultiplyAdd(z1, scale, shift);
                T ahead1 = next - best;
                best = T.WherePositive(ahead1, next, best);
                next = T.MultiplyAdd(z2, scale, shift);
                T ahead2 = next - best;
                best = T.WherePositive(ahead2, next, best);
                next = T.MultiplyAdd(z3, scale, shift);
                T ahead3 = next - best;
                best = T.WherePositive(ahead3, next, best);

                // The last that was ahead of all before it won.
                T d = T.Load(from), dy = T.WherePositive(best, d, d * slope);
                T dy3 = T.WherePositive(ahead3, dy, T.Zero);
                dy = T.WherePositive(ahead3, T.Zero, dy);
                T dy2 = T.WherePositive(ahead2, dy, T.Zero);
                dy = T.WherePositive(ahead2, T.Zero, dy);
                T dy1 = T.WherePositive(ahead1, dy, T.Zero), dy0 = T.WherePositive(ahead1, T.Zero, dy);

                T dz0 = T.KeepFirst(T.MultiplyAdd(z0, tilt, dy0 - offset) * scale, lanes);
                T dz1 = T.KeepFirst(T.MultiplyAdd(z1, tilt, dy1 - offset) * scale, lanes);
                T dz2 = T.KeepFirst(T.MultiplyAdd(z2, tilt, dy2 - offset) * scale, lanes);
                T dz3 = T.KeepFirst(T.MultiplyAdd(z3, tilt, dy3 - offset) * scale, lanes);
                T.Store(dz0, target);
                T.Store(dz1, target + T.Count);
                T.Store(dz2, target + dzRow);
                T.Store(dz3, target + dzRow + T.Count);
                total += (dz0 + dz1) + (dz2 + dz3);
                window += 2 * T.Count;
                target += 2 * T.Count;
                from += stride;
            }

            z += 2 * zRow;
            gradient += gradientRow;
            dz += 2 * dzRow;
        }

        return T.Sum(total);
    }

    /// <summary>
    /// dz without batch norm or pooling for some columns of a channel of a block: its output says on which side of zero z was.
    /// </summary>
    /// <param name="output">What <see cref="Forward"/> has written, the first pixel of the columns.</param>
    /// <param name="slope">Slope of the ReLU; 1 for none.</param>
    /// <param name="height">Rows of z.</param>
    /// <param name="width">Columns of z that are asked for.</param>
    /// <param name="gradient">d loss / d output, the first pixel of the columns; zero in lanes past the batch.</param>
    /// <param name="imageRow">Floats between two rows of output and gradient.</param>
    /// <param name="stride">Floats between two pixels of both.</param>
    /// <param name="dz">Receives height rows of width vectors.</param>
    /// <param name="dzRow">Floats between two rows of dz.</param>
    /// <returns>Σ dz, the gradient of a bias.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float BackwardOfOutput<T>(
        float* output, float slope, int height, int width, float* gradient, nint imageRow, nint stride, float* dz, nint dzRow)
        where T : struct, ILanes<T>
    {
        T slopes = T.Create(slope), total = T.Zero;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                T d = T.Load(gradient + (x * stride)), value = T.WherePositive(T.Load(output + (x * stride)), d, d * slopes);
                T.Store(value, dz + ((nint)x * T.Count));
                total += value;
            }

            output += imageRow;
            gradient += imageRow;
            dz += dzRow;
        }

        return T.Sum(total);
    }
}
