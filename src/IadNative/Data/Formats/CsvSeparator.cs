namespace IadNative.Data.Formats;

/// <summary>Finds out what separates the cells of a CSV file: a comma, semicolon, tab or bar.</summary>
internal static class CsvSeparator
{
    private const int Lines = 10;

    /// <summary>
    /// The candidate found equally often in each of the first lines, most often of these; if there is none, the most
    /// frequent in the first line; without any, the comma (one column).
    /// </summary>
    /// <param name="start">The file's beginning; a last line that is cut off does not count unless it is the only one.</param>
    public static char Detect(ReadOnlySpan<char> start)
    {
        ReadOnlySpan<char> candidates = [',', ';', '\t', '|'];
        Span<int> first = stackalloc int[candidates.Length];
        Span<int> current = stackalloc int[candidates.Length];
        Span<bool> steady = [true, true, true, true];
        (int lines, bool quoted, bool empty) = (0, false, true);
        foreach (char c in start)
        {
            if (c == '"')
                quoted = !quoted;
            if (quoted || c is not ('\n' or '\r'))
            {
                empty = false;
                if (!quoted && candidates.IndexOf(c) is var i and >= 0)
                    current[i]++;
                continue;
            }
            if (empty)
                continue;
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
        return best < 0 ? ',' : candidates[best];
    }
}
