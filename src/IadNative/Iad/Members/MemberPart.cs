using IadNative.Metrics;
using IadNative.Models;

namespace IadNative.Iad.Members;

/// <summary>How the scores of a member become its part of a combined score.</summary>
/// <param name="Scale">How they are brought to the scale of the others.</param>
/// <param name="IsLogarithmic">Whether quartiles are those of ln s: s is a squared distance and no likelihood.</param>
/// <param name="Median">Over the training data; 0 for an only member, whose scores stay as they are.</param>
/// <param name="Width">q75 − q25 over the training data; 0 for a member whose scores mean nothing, and without quartiles.</param>
/// <param name="Share">Its part of the sum of all; without quartiles all have the same.</param>
internal readonly record struct MemberPart(MemberScale Scale, bool IsLogarithmic, double Median, double Width, double Share)
{
    /// <summary>The smallest squared distance that is told from zero.</summary>
    public const double LeastDistance = 1e-12;

    private const double LeastShareOfRange = 1e-6;

    /// <summary>Where z is cut off: a member says a little of how normal a sample is, and no more than so much of how odd.</summary>
    public const double Lowest = -0.5, Highest = 3;

    /// <summary>The score on the scale of the others.</summary>
    public double Of(float score) => Scale switch
    {
        MemberScale.DivideByMedian => score / Median,
        MemberScale.SubtractMedian => score - Median,
        _ => InQuartiles(score),
    };

    /// <summary>
    /// Median and q75 − q25 of a member's scores on the scale of <see cref="MemberScale.Quartiles"/>, over those that are finite. The
    /// width is 0 where none is, or where it is no number to divide by. Where most scores are equal and the quartiles with them, it is
    /// a millionth of the whole range, so that what differs at all stands out.
    /// </summary>
    /// <param name="scores">n scores; they change places.</param>
    /// <param name="isLogarithmic">Whether they are squared distances.</param>
    public static (double Median, double Width) Quartiles(Span<float> scores, bool isLogarithmic)
    {
        int count = 0;
        foreach (float score in scores)
        {
            if (float.IsFinite(score)) scores[count++] = score;
        }

        if (count == 0) return (0, 0);
        Span<float> finite = scores[..count];
        double median = At(finite, 0.5), width = At(finite, 0.75) - At(finite, 0.25);
        if (width == 0) width = LeastShareOfRange * (At(finite, 1) - At(finite, 0));
        return (median, width > 0 && double.IsFinite(width) ? width : 0);

        // Interpolated on the scale itself, which ascends with the scores.
        double At(Span<float> values, double q)
        {
            double position = q * (values.Length - 1), fraction = position - (int)position;
            (float below, float above) = Selection.Around(values, position);
            (double a, double b) = (Level(below, isLogarithmic), Level(above, isLogarithmic));
            return a + ((b - a) * fraction);
        }
    }

    private static double Level(float score, bool isLogarithmic) => isLogarithmic ? Math.Log(Math.Max(score, LeastDistance)) : score;

    private double InQuartiles(float score)
    {
        if (Width == 0) return 0;
        return float.IsFinite(score) ? Math.Clamp((Level(score, IsLogarithmic) - Median) / Width, Lowest, Highest) : Highest;
    }
}
