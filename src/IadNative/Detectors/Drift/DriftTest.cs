using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Metrics;

namespace IadNative.Detectors.Drift;

/// <summary>Compares scores and columns with those of training.</summary>
internal static class DriftTest
{
    private const int Bins = 10;

    /// <summary>Compares scores.</summary>
    /// <param name="quantiles">The grid of the training scores.</param>
    /// <param name="rows">How many these were.</param>
    /// <param name="scores">The new ones; they are sorted.</param>
    /// <exception cref="ArgumentException">There is none, or one is NaN.</exception>
    public static DriftMeasure OfScores(float[] quantiles, int rows, float[] scores)
    {
        if (scores.Length == 0) throw new ArgumentException("There is no score to compare.", nameof(scores));
        if (Array.Exists(scores, float.IsNaN)) throw new ArgumentException("A score is NaN; all must be numbers.", nameof(scores));
        Array.Sort(scores);
        double distance = 0;
        for (int first = 0, end; first < scores.Length; first = end)
        {
            for (end = first + 1; end < scores.Length && scores[end] == scores[first];) end++;
            (double below, double upTo) = Quantiles.Shares(quantiles, scores[first]);
            distance = Math.Max(distance, Math.Max(
                Math.Abs(below - ((double)first / scores.Length)), Math.Abs(upTo - ((double)end / scores.Length))));
        }

        double[] edges = [.. Enumerable.Range(1, Bins - 1).Select(i => (double)quantiles[i * (quantiles.Length - 1) / Bins]).Distinct()];
        var reference = new ColumnReference(edges, [.. edges.Select(edge => (float)Quantiles.Shares(quantiles, (float)edge).UpTo)]);
        double[] counts = new double[reference.Bins];
        foreach (float score in scores) counts[reference.BinOf(score)]++;

        // Of scores nothing lies below the first edge by itself, and nothing is missing: all above the last is one bin.
        double[] before = reference.Counts(rows);
        (before[1], counts[1]) = (before[1] + before[0], counts[1] + counts[0]);
        (before[^2], counts[^2]) = (before[^2] + before[^1], counts[^2] + counts[^1]);
        return new DriftMeasure(
            distance, KolmogorovSmirnov.PValue(distance, rows, scores.Length), StabilityIndex.Of(before.AsSpan()[1..^1], counts.AsSpan()[1..^1]));
    }

    /// <summary>Compares the columns of a table, or what is compared of images; the one that moved farthest comes first.</summary>
    /// <param name="content">The detector.</param>
    /// <param name="data">The new data, in its columns.</param>
    /// <param name="threads">Threads that may share the columns out among them; 0 for one per core.</param>
    public static ColumnDrift[] OfColumns(DetectorContent content, Dataset data, int threads)
    {
        if (content.Reference is not { } reference) return [];
        IReadOnlyList<FeatureColumn> columns = content.Image is null ? content.Features : TrainingReference.OfImages;
        var measures = new DriftMeasure[columns.Count];
        if (content.Image is not null)
        {
            (double[] brightness, double[] contrast) = TrainingReference.Look(data);
            measures[0] = OfNumbers(reference.Columns[0]!, reference.Rows, brightness.Length, row => brightness[row]);
            measures[1] = OfNumbers(reference.Columns[1]!, reference.Rows, contrast.Length, row => contrast[row]);
        }
        else
        {
            Parallel.For(0, measures.Length, new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? -1 : threads }, column =>
            {
                // In the coarser of both numbers: whether float32 is enough for a column is decided for each data set by itself.
                ColumnPreparation preparation = content.Preparation.Columns[column];
                Numbers<double>? wide = preparation.IsWide ? data.Cells.Float64?[column] : null;
                measures[column] = reference.Columns[column] is { } numbers
                    ? OfNumbers(wide is null && preparation.IsWide ? numbers.InFloat32() : numbers, ColumnSample.RowsOf(reference.Rows), data.Rows, Cell)
                    : OfCategory(preparation, reference.Rows, data.Rows, Cell);

                double Cell(int row) => wide is null ? data.Values[(row * data.Columns) + column] : wide[row];
            });
        }

        Adjust(measures);
        return [.. columns.Select((column, i) => new ColumnDrift(column.Name, column.Kind, measures[i]))
            .OrderByDescending(column => column.Measure.StabilityIndex)];
    }

    // In the order of the numbers, and what is missing behind them; within a bin distances are not looked at, which makes D smaller at most.
    private static DriftMeasure OfNumbers(ColumnReference reference, int rows, int newRows, Func<int, double> cell)
    {
        double[] before = reference.Counts(rows), counts = new double[reference.Bins];
        for (int row = 0; row < newRows; row++) counts[reference.BinOf(cell(row))]++;
        double distance = 0, share = 0, newShare = 0;
        for (int bin = 0; bin < counts.Length - 1; bin++)
        {
            share += before[bin] / rows;
            newShare += counts[bin] / newRows;
            distance = Math.Max(distance, Math.Abs(share - newShare));
        }

        return new DriftMeasure(distance, KolmogorovSmirnov.PValue(distance, rows, newRows), StabilityIndex.Of(before, counts));
    }

    // Levels that training has not seen, and missing cells, are one bin more.
    private static DriftMeasure OfCategory(ColumnPreparation column, int rows, int newRows, Func<int, double> cell)
    {
        int levels = column.LogShares.Count;
        double[] before = new double[levels + 1], counts = new double[levels + 1];
        for (int level = 0; level < levels; level++) before[level] = Math.Max(0, Math.Exp(column.LogShares[level] - column.UnseenLogShare) - 1);
        before[levels] = Math.Max(0, Math.Round(rows - before.Sum()));
        for (int row = 0; row < newRows; row++)
        {
            double code = cell(row);
            counts[code >= 0 && code < levels ? (int)code : levels]++;
        }

        (double statistic, double p) = ChiSquare.Test(before, counts);
        return new DriftMeasure(statistic, p, StabilityIndex.Of(before, counts));
    }

    /// <summary>Holm's procedure: the k-th smallest of d p-values becomes the largest of (d − i)·p over those up to it.</summary>
    internal static void Adjust(DriftMeasure[] measures)
    {
        int[] order = [.. Enumerable.Range(0, measures.Length).OrderBy(i => measures[i].PValue)];
        double largest = 0;
        for (int i = 0; i < order.Length; i++)
        {
            largest = Math.Max(largest, Math.Min(1, (order.Length - i) * measures[order[i]].PValue));
            measures[order[i]] = measures[order[i]] with { PValue = largest };
        }
    }
}
