namespace IadNative.Detectors;

/// <summary>
/// What the columns of a row contribute to a score that is no sum over them. The contribution of a column is by how much the score
/// falls where a typical value replaces the column's own. Such differences, c, need not sum to T, by how much the score exceeds that of a
/// row of typical values only: what is lacking or too much is shared out in proportion to their sizes, c + (T − Σ c)·|c|/Σ|c|, or
/// equally where all are zero, as where one column is as odd as another and neither is missed alone. That is a rule for showing what
/// matters, and no decomposition of the model.
/// </summary>
internal static class Contributions
{
    /// <summary>Makes differences sum to a total, in place.</summary>
    /// <param name="differences">c, one per column.</param>
    /// <param name="total">T.</param>
    public static void ScaleTo(double total, Span<float> differences)
    {
        double sum = 0, size = 0;
        foreach (float difference in differences)
        {
            sum += difference;
            size += Math.Abs(difference);
        }

        foreach (ref float difference in differences)
        {
            double share = size > 0 ? Math.Abs(difference) / size : 1.0 / differences.Length;
            difference = (float)(difference + ((total - sum) * share));
        }
    }
}
