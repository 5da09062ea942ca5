namespace IadNative.Detectors.Drift;

/// <summary>
/// How the training cells of a column of numbers are spread: its deciles with smallest and largest, each value once, and the shares of
/// rows up to them; the rest is missing.
/// </summary>
/// <param name="Edges">Up to 11 cells, ascending; none where all cells are missing.</param>
/// <param name="Shares">For each the share of all rows with this number or a lower one.</param>
internal sealed record ColumnReference(double[] Edges, float[] Shares)
{
    /// <summary>Edges at most.</summary>
    public const int MostEdges = 11;

    /// <summary>Bins: below all edges, up to each of them, above all, and missing.</summary>
    public int Bins => Edges.Length + 3;

    /// <summary>Takes the deciles of a column.</summary>
    /// <param name="sorted">Its finite cells, ascending.</param>
    /// <param name="rows">Its cells with those that are missing.</param>
    public static ColumnReference Of(ReadOnlySpan<double> sorted, int rows)
    {
        List<double> edges = [];
        List<float> shares = [];
        for (int i = 0; i < MostEdges && sorted.Length > 0; i++)
        {
            double edge = sorted[(int)((long)i * (sorted.Length - 1) / (MostEdges - 1))];
            if (edges.Count > 0 && edge == edges[^1]) continue;
            edges.Add(edge);
            shares.Add((float)UpTo(sorted, edge) / rows);
        }

        return new ColumnReference([.. edges], [.. shares]);
    }

    /// <summary>The same for cells in float32, in which several edges may be one.</summary>
    public ColumnReference InFloat32()
    {
        (double Edge, float Share)[] kept =
            [.. Edges.Zip(Shares).GroupBy(pair => (double)(float)pair.First).Select(group => (group.Key, group.Last().Second))];
        return new ColumnReference([.. kept.Select(pair => pair.Edge)], [.. kept.Select(pair => pair.Share)]);
    }

    /// <summary>The bin of a cell.</summary>
    public int BinOf(double cell)
    {
        if (double.IsNaN(cell)) return Bins - 1;
        if (Edges.Length == 0 || cell < Edges[0]) return 0;
        int place = Array.BinarySearch(Edges, cell);
        return 1 + (place >= 0 ? place : ~place);
    }

    /// <summary>Training rows in each bin.</summary>
    /// <param name="rows">n.</param>
    public double[] Counts(int rows)
    {
        double[] counts = new double[Bins];
        double last = 0;
        for (int i = 0; i < Shares.Length; last = Shares[i++]) counts[i + 1] = (Shares[i] - last) * rows;
        counts[^1] = (1 - last) * rows;
        return counts;
    }

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="FormatException">Edges or shares do not ascend.</exception>
    public void Check()
    {
        for (int i = 0; i < Edges.Length; i++)
        {
            if (!double.IsFinite(Edges[i]) || !(Shares[i] is > 0 and <= 1) || (i > 0 && !(Edges[i] > Edges[i - 1] && Shares[i] >= Shares[i - 1])))
                throw new FormatException("the deciles of a column do not ascend");
        }
    }

    private static int UpTo(ReadOnlySpan<double> sorted, double value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (sorted[middle] <= value) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
