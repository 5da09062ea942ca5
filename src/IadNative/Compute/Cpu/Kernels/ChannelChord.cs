using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// <see cref="ChannelActivation"/> of one channel of a block on the way back by the rescale rule, see <see cref="ICarryingStep"/>. Of a
/// 2 × 2 window y = max zᵢ, and y₀ of the reference; where y &gt; y₀, the place of y takes (y − y₀)/(z − z₀) of its own z, since
/// z₀ ≤ y₀ &lt; y = z there; where y &lt; y₀, the place of y₀ takes it; the other places take nothing. Both quotients lie in (0, 1].
/// </summary>
internal static unsafe class ChannelChord
{
    /// <summary>From the multipliers of a channel's output to those of z.</summary>
    /// <param name="z">height × width vectors, whose lanes are samples; receives the multipliers.</param>
    /// <param name="reference">z of the reference, height × width numbers; null where it is the first sample of these.</param>
    /// <param name="slope">Slope of the ReLU; 1 for none.</param>
    /// <param name="height">Rows of z.</param>
    /// <param name="width">Columns of z.</param>
    /// <param name="pool">Whether the largest of each window came out; both sides are then even.</param>
    /// <param name="output">The multipliers of the output, the first pixel of the vector of samples.</param>
    /// <param name="stride">Floats between two pixels of output.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Carry<T>(
        float* z, float* reference, float slope, int height, int width, bool pool, float* output, nint stride)
        where T : struct, ILanes<T>
    {
        T slopes = T.Create(slope);
        if (!pool)
        {
            for (int pixel = 0; pixel < height * width; pixel++, z += T.Count, output += stride)
            {
                T typical = T.Create(reference == null ? *z : reference[pixel]);
                T.Store(T.Load(output) * LeakyChord.OfInputs(T.Load(z), typical, slopes), z);
            }

            return;
        }

        nint row = (nint)width * T.Count;
        float* typicals = stackalloc float[4];
        for (int y = 0; y < height; y += 2)
        {
            for (int x = 0; x < width; x += 2, output += stride, z += 2 * T.Count)
            {
                for (int i = 0; i < 4; i++)
                    typicals[i] = reference == null ? *Place(z, row, i) : reference[((y + (i / 2)) * width) + x + (i % 2)];
                CarryWindow(z, row, typicals, slopes, T.Load(output));
            }

            z += row;
        }

        static void CarryWindow(float* z, nint row, float* reference, T slope, T multiplier)
        {
            T best = T.Load(z), bestOfReference = T.Create(reference[0]);
            T place = T.Zero, placeOfReference = T.Zero, difference = best - bestOfReference, differenceThere = difference;
            for (int i = 1; i < 4; i++)
            {
                T own = T.Load(Place(z, row, i)), typical = T.Create(reference[i]), index = T.Create(i);
                T above = own - best, aboveOfReference = typical - bestOfReference;
                (best, place) = (T.WherePositive(above, own, best), T.WherePositive(above, index, place));
                difference = T.WherePositive(above, own - typical, difference);
                bestOfReference = T.WherePositive(aboveOfReference, typical, bestOfReference);
                placeOfReference = T.WherePositive(aboveOfReference, index, placeOfReference);
                differenceThere = T.WherePositive(aboveOfReference, own - typical, differenceThere);
            }

            T rise = best - bestOfReference, fall = bestOfReference - best;
            T share = T.WherePositive(rise, rise / difference, T.WherePositive(fall, rise / differenceThere, T.Zero));
            T taken = T.WherePositive(rise, place, placeOfReference);
            multiplier = multiplier * LeakyChord.OfInputs(best, bestOfReference, slope) * share;
            for (int i = 0; i < 4; i++)
            {
                T off = taken - T.Create(i);
                T.Store(T.WherePositive(T.Create(0.5f) - (off * off), multiplier, T.Zero), Place(z, row, i));
            }
        }

        static float* Place(float* z, nint row, int i) => z + (i / 2 * row) + (i % 2 * T.Count);
    }
}
