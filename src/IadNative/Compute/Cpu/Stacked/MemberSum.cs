using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>How a member's score enters the sum of a committee.</summary>
/// <param name="IsSquare">Whether the score is a squared distance, of which the logarithm counts.</param>
/// <param name="Median">The median of l over the training rows.</param>
/// <param name="Width">What l is divided by, the distance of its quartiles; 0 for a member without a say.</param>
/// <param name="Share">The member's share in the sum; 0 for none.</param>
internal readonly record struct MemberTerm(bool IsSquare, double Median, double Width, double Share);

/// <summary>
/// The score of a committee: Σ share · z over its members with z = clip((l − median)/width, −½, 3), where l is the member's score s
/// or, of squared distances, log max(s, 1e-12). A score that is not finite counts as 3. Vectorised over members, in a fixed order.
/// </summary>
internal abstract class MemberSum
{
    /// <summary>The smallest squared distance of which the logarithm is taken.</summary>
    public const float LeastSquare = 1e-12f;

    /// <summary>Where z is cut off.</summary>
    public const float Lowest = -0.5f, Highest = 3;

    /// <summary>The sum on this machine's best instruction-set path.</summary>
    /// <param name="terms">One per score of a row; where there are scores without a member, terms without a share.</param>
    public static MemberSum Create(ReadOnlySpan<MemberTerm> terms) => CpuDevice.SelectLanes(new Factory(terms.ToArray()));

    /// <summary>Scores of a row with those that fill the last vector.</summary>
    public abstract int Stride { get; }

    /// <summary>The sums of some rows.</summary>
    /// <param name="scores">n × <see cref="Stride"/> scores of members, row-major.</param>
    /// <param name="sums">Receives one number per row.</param>
    public abstract void Of(ReadOnlySpan<float> scores, Span<float> sums);

    /// <summary>
    /// By how much the part of each member rises from the score of a reference, that of the first row, to that of a row, per unit of the
    /// score: the slopes of chords, times shares; 0 where the scores are equal, and for the reference.
    /// </summary>
    /// <param name="scores">n × <see cref="Stride"/> scores of members, row-major.</param>
    /// <param name="chords">Receives n × <see cref="Stride"/> numbers.</param>
    public abstract void Chords(ReadOnlySpan<float> scores, Span<float> chords);

    private sealed class Factory(MemberTerm[] terms) : ILanesFunction<MemberSum>
    {
        public MemberSum Invoke<T>()
            where T : struct, ILanes<T> => new MemberSum<T>(terms);
    }
}

/// <summary>The sum on vectors of one width.</summary>
internal sealed unsafe class MemberSum<T> : MemberSum
    where T : struct, ILanes<T>
{
    private readonly FloatBuffer _terms;
    private readonly bool[] _haveSquares;

    /// <summary>The sum over some members.</summary>
    public MemberSum(ReadOnlySpan<MemberTerm> terms)
    {
        _haveSquares = new bool[Padding.RoundUp(terms.Length, T.Count) / T.Count];
        _terms = new FloatBuffer(_haveSquares.Length * Stack.TermVectors * T.Count);
        for (int i = 0; i < terms.Length; i++)
        {
            (int vector, int lane) = Math.DivRem(i, T.Count);
            (bool isSquare, double median, double width, double share) = terms[i];
            _haveSquares[vector] |= isSquare;
            bool hasSay = width > 0 && share != 0;
            Span<float> own = _terms.Span[(vector * Stack.TermVectors * T.Count)..];
            own[lane] = isSquare ? 1 : 0;
            own[lane + T.Count] = hasSay ? (float)median : 0;
            own[lane + (2 * T.Count)] = hasSay ? (float)(1 / width) : 0;
            own[lane + (3 * T.Count)] = hasSay ? (float)share : 0;
        }
    }

    public override int Stride => _haveSquares.Length * T.Count;

    public override void Of(ReadOnlySpan<float> scores, Span<float> sums)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scores.Length, sums.Length * Stride);
        fixed (float* source = scores, target = sums)
            Stack.Combine<T>(source, Stride, sums.Length, _terms.Pointer, _haveSquares, target);
        GC.KeepAlive(this);
    }

    public override void Chords(ReadOnlySpan<float> scores, Span<float> chords)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(chords.Length, scores.Length);
        fixed (float* source = scores, target = chords)
            Stack.Chords<T>(source, Stride, scores.Length / Stride, _terms.Pointer, _haveSquares, target);
        GC.KeepAlive(this);
    }
}
