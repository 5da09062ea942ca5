namespace IadNative.Data.Formats;

/// <summary>Finds out what separates the cells of a CSV file: a comma, semicolon, tab or bar.</summary>
internal static class CsvSeparator
{
    private const int Lines = 10;

    /// <summary>
    /// The candidate found equally often in each of the first lines, most often of these; if there is none, the most
    /// frequent in the first line; without any, the first candidate (one column).
    /// </summary>
    /// <param name="start">The text's beginning; a last line that is cut off does not count unless it is the only one.</param>
    /// <param name="candidates">What may separate cells, up to four.</param>
    /// <param name="comment">Lines that begin with it do not count; null for none.</param>
    /// <param name="isSteady">Whether the result is found, and equally often in each line.</param>
    public static byte Detect(ReadOnlySpan<byte> start, ReadOnlySpan<byte> candidates, byte? comment, out bool isSteady)
    {
        Span<int> first = stackalloc int[candidates.Length];
        Span<int> current = stackalloc int[candidates.Length];
        Span<bool> steady = stackalloc bool[candidates.Length];
        steady.Fill(true);
        (int lines, bool quoted, bool empty, bool passed) = (0, false, true, false);
        foreach (byte c in start)
        {
            if (empty && c == comment)
                passed = true;
            if (c == '"' && !passed)
                quoted = !quoted;
            if (quoted || c is not ((byte)'\n' or (byte)'\r'))
            {
                empty = false;
                if (!quoted && !passed && candidates.IndexOf(c) is var i and >= 0)
                    current[i]++;
                continue;
            }
            if (empty || passed)
            {
                (empty, passed) = (true, false);
                continue;
            }
            if (lines == 0)
                current.CopyTo(first);
            for (int k = 0; k < current.Length; k++)
                steady[k] &= current[k] == first[k];
            current.Clear();
            empty = true;
            if (++lines == Lines)
                break;
        }
        if (lines == 0)
            current.CopyTo(first);

        int best = -1;
        for (int k = 0; k < first.Length; k++)
        {
            if (first[k] > 0 && (best < 0 || (steady[k], first[k]).CompareTo((steady[best], first[best])) > 0))
                best = k;
        }
        isSteady = best >= 0 && steady[best];
        return best < 0 ? candidates[0] : candidates[best];
    }
}
