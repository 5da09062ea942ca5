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
        T least = T.Create(MemberSum.LeastSquare), lowest = T.Create(MemberSum.Lowest), highest = T.Create(MemberSum.Highest);
        for (int s = 0; s < samples; s++)
        {
            T sum = T.Zero;
            float* own = terms;
            for (int vector = 0; vector < haveSquares.Length; vector++)
            {
                T score = T.Load(scores + ((nint)vector * T.Count)), l = score;
                if (haveSquares[vector])
                    l = T.WherePositive(T.Load(own), Logarithm.Of(T.WherePositive(score - least, score, least)), score);

                // A number less itself is zero unless it is not finite: then all that follows is NaN, which no comparison lets through.
                T z = ((l - T.Load(own + T.Count)) * T.Load(own + (2 * T.Count))) + (score - score);
                z = T.WherePositive(highest - z, z, highest);
                z = T.WherePositive(lowest - z, lowest, z);
                sum = T.MultiplyAdd(z, T.Load(own + (3 * T.Count)), sum);
                own += TermVectors * T.Count;
            }

            sums[s] = T.Sum(sum);
            scores += stride;
        }
    }
}
