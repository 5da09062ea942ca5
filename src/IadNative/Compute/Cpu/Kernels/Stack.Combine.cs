using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Stacked;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Stack
{
    /// <summary>Vectors that <see cref="Combine"/> has for each vector of members.</summary>
    public const int TermVectors = 4;

    /// <summary>
    /// sums[s] = Σ_m share[m] · z[s][m] with z = clip((l − median[m])/width[m], −½, 3) and l = scores[s][m] or, where square[m] is 1,
    /// its logarithm; 3 for a score that is not finite. Lanes are members, summed in the order of their vectors.
    /// </summary>
    /// <param name="scores">samples × stride.</param>
    /// <param name="stride">Floats between two samples of scores.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="terms">Per vector of members the vectors square, median, 1/width and share.</param>
    /// <param name="haveSquares">Per vector of members whether one of them has a squared distance for a score.</param>
    /// <param name="sums">Receives one number per sample.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine<T>(
        float* scores, nint stride, int samples, float* terms, ReadOnlySpan<bool> haveSquares, float* sums)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            T sum = T.Zero;
            float* own = terms;
            for (int vector = 0; vector < haveSquares.Length; vector++)
            {
                T z = Level(T.Load(scores + ((nint)vector * T.Count)), own, haveSquares[vector]);
                sum = T.MultiplyAdd(z, T.Load(own + (3 * T.Count)), sum);
                own += TermVectors * T.Count;
            }

            sums[s] = T.Sum(sum);
            scores += stride;
        }
    }

    /// <summary>
    /// By how much what a member adds to the sum rises from the score of a reference to that of a sample, per unit of the score:
    /// chords[s][m] = share[m]·(z[s][m] − z₀[m])/(scores[s][m] − scores₀[m]), and 0 where the scores are equal. The first sample is the
    /// reference, whose own are 0.
    /// </summary>
    /// <param name="scores">samples × stride.</param>
    /// <param name="stride">Floats between two samples of scores and of chords.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="terms">As for <see cref="Combine"/>.</param>
    /// <param name="haveSquares">As for <see cref="Combine"/>.</param>
    /// <param name="chords">Receives samples × stride.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Chords<T>(float* scores, nint stride, int samples, float* terms, ReadOnlySpan<bool> haveSquares, float* chords)
        where T : struct, ILanes<T>
    {
        for (int vector = 0; vector < haveSquares.Length; vector++)
        {
            T reference = T.Load(scores), level = Level(reference, terms, haveSquares[vector]), share = T.Load(terms + (3 * T.Count));
            T.Store(T.Zero, chords);
            for (int s = 1; s < samples; s++)
            {
                T score = T.Load(scores + (s * stride)), difference = score - reference;
                T chord = share * (Level(score, terms, haveSquares[vector]) - level) / difference;
                T.Store(T.WherePositive(difference, chord, T.WherePositive(T.Zero - difference, chord, T.Zero)), chords + (s * stride));
            }

            scores += T.Count;
            chords += T.Count;
            terms += TermVectors * T.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Level<T>(T score, float* terms, bool haveSquares)
        where T : struct, ILanes<T>
    {
        T least = T.Create(MemberSum.LeastSquare), lowest = T.Create(MemberSum.Lowest), highest = T.Create(MemberSum.Highest), l = score;
        if (haveSquares) l = T.WherePositive(T.Load(terms), Logarithm.Of(T.WherePositive(score - least, score, least)), score);

        // A number less itself is zero unless it is not finite: then all that follows is NaN, which no comparison lets through.
        T z = ((l - T.Load(terms + T.Count)) * T.Load(terms + (2 * T.Count))) + (score - score);
        z = T.WherePositive(highest - z, z, highest);
        return T.WherePositive(lowest - z, lowest, z);
    }
}
