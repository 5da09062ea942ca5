using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// 2 × 2 max-pooling and leaky ReLU of one channel of a block behind a convolution without batch norm, in training. The way back needs a quarter
/// of what z holds: of each window, which number was the largest and on which side of zero it lies. This choice is k + 1 for the k-th number, in
/// row-major order and the first of several alike, and −(k + 1) where it is not above zero. The bits are those of <see cref="ChannelActivation"/>
/// with <see cref="ChannelMap.Plain"/>.
/// </summary>
internal static unsafe class WindowChoice
{
    /// <summary>output = leaky ReLU of the largest z of each window, zero in lanes past the batch; and the choices.</summary>
    /// <param name="z">height × width vectors.</param>
    /// <param name="slope">Slope of the ReLU; 1 for none.</param>
    /// <param name="height">Rows of z, an even number.</param>
    /// <param name="width">Columns of z, an even number.</param>
    /// <param name="lanes">Samples: lanes within the batch.</param>
    /// <param name="output">The first pixel of the vector of samples.</param>
    /// <param name="stride">Floats between two pixels of output.</param>
    /// <param name="choices">Receives height / 2 × width / 2 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(float* z, float slope, int height, int width, int lanes, float* output, nint stride, float* choices)
        where T : struct, ILanes<T>
    {
        T slopes = T.Create(slope), second = T.Create(2), third = T.Create(3), fourth = T.Create(4);
        nint row = (nint)width * T.Count;
        for (int y = 0; y < height; y += 2)
        {
            for (int x = 0; x < width; x += 2)
            {
                T best = T.Load(z), next = T.Load(z + T.Count), ahead = next - best;
                (best, T choice) = (T.WherePositive(ahead, next, best), T.WherePositive(ahead, second, T.Create(1)));
                next = T.Load(z + row);
                ahead = next - best;
                (best, choice) = (T.WherePositive(ahead, next, best), T.WherePositive(ahead, third, choice));
                next = T.Load(z + row + T.Count);
                ahead = next - best;
                (best, choice) = (T.WherePositive(ahead, next, best), T.WherePositive(ahead, fourth, choice));
                T.Store(T.KeepFirst(T.WherePositive(best, best, best * slopes), lanes), output);
                T.Store(T.WherePositive(best, choice, T.Zero - choice), choices);
                z += 2 * T.Count;
                output += stride;
                choices += T.Count;
            }

            z += row;
        }
    }

    /// <summary>dz of some columns: all of a window's gradient at the number that was chosen, times the slope where it is not above zero.</summary>
    /// <param name="choices">What <see cref="Forward"/> has left, the first window of the columns.</param>
    /// <param name="choicesRow">Floats between two rows of choices.</param>
    /// <param name="slope">Slope of the ReLU; 1 for none.</param>
    /// <param name="height">Rows of z.</param>
    /// <param name="width">Columns of z that are asked for, an even number.</param>
    /// <param name="gradient">d loss / d output, the first window of the columns, zero in lanes past the batch.</param>
    /// <param name="gradientRow">Floats between two rows of gradient.</param>
    /// <param name="stride">Floats between two pixels of gradient.</param>
    /// <param name="dz">Receives height rows of width vectors.</param>
    /// <param name="dzRow">Floats between two rows of dz.</param>
    /// <returns>Σ dz, the gradient of a bias.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Backward<T>(
        float* choices, nint choicesRow, float slope, int height, int width, float* gradient, nint gradientRow, nint stride, float* dz, nint dzRow)
        where T : struct, ILanes<T>
    {
        T slopes = T.Create(slope), first = T.Create(1.5f), second = T.Create(2.5f), third = T.Create(3.5f), total = T.Zero;
        for (int y = 0; y < height; y += 2)
        {
            float* choice = choices, from = gradient, target = dz;
            for (int x = 0; x < width; x += 2)
            {
                T chosen = T.Load(choice), d = T.Load(from), dy = T.WherePositive(chosen, d, d * slopes);
                chosen = T.WherePositive(chosen, chosen, T.Zero - chosen);
                T past = chosen - third, dz3 = T.WherePositive(past, dy, T.Zero);
                dy = T.WherePositive(past, T.Zero, dy);
                past = chosen - second;
                T dz2 = T.WherePositive(past, dy, T.Zero);
                dy = T.WherePositive(past, T.Zero, dy);
                past = chosen - first;
                T dz1 = T.WherePositive(past, dy, T.Zero), dz0 = T.WherePositive(past, T.Zero, dy);
                T.Store(dz0, target);
                T.Store(dz1, target + T.Count);
                T.Store(dz2, target + dzRow);
                T.Store(dz3, target + dzRow + T.Count);
                total += (dz0 + dz1) + (dz2 + dz3);
                choice += T.Count;
                from += stride;
                target += 2 * T.Count;
            }

            choices += choicesRow;
            gradient += gradientRow;
            dz += 2 * dzRow;
        }

        return T.Sum(total);
    }
}
