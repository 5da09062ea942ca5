using IadNative.Messages;

namespace IadNative.Data.Preparation;

/// <summary>Learns from a table how its rows are prepared.</summary>
internal static class PreparationFit
{
    /// <summary>Learns the preparation.</summary>
    /// <param name="data">The table.</param>
    /// <param name="scaling">How features are scaled.</param>
    /// <param name="imputation">What takes the place of missing cells.</param>
    /// <param name="samples">Receives for each column the cells that its order statistics came of; null for a category.</param>
    /// <param name="passes">Is told how far it is; null for nobody.</param>
    /// <exception cref="ArgumentException">Cells are missing that may not be, or a column has none at all.</exception>
    public static RowPreparation Run(Dataset data, FeatureScaling scaling, Imputation imputation, out ColumnSample?[] samples, RowPasses? passes = null)
    {
        int[] missing = data.CountMissing(passes);
        Check(data, missing, imputation);
        ColumnPreparation[] columns = new ColumnPreparation[data.Columns];
        double[][] centers = new double[data.Columns][], scales = new double[data.Columns][];
        var scans = new ColumnScan[data.Columns];
        for (int j = 0; j < scans.Length; j++) scans[j] = new ColumnScan(data, j);
        double[] sums = new double[data.Columns];
        foreach ((int first, int end) in data.Stretches)
        {
            AddUp(data, first, end, sums);
            Parallel.ForEach(scans, scan => scan.Add(first, end));
            passes?.Add(end - first);
        }

        var taken = new ColumnSample?[data.Columns];
        Parallel.For(0, data.Columns, j =>
        {
            FeatureColumn column = data.Features[j];
            if (scans[j].IsCategory)
            {
                int[] counts = scans[j].Levels;
                columns[j] = Category(column, counts, data.Rows);
                (centers[j], scales[j]) = OfCategory(columns[j], counts, data.Rows, scaling);
                return;
            }

            ColumnSample sample = taken[j] = scans[j].Sample();
            bool isWide = data.Cells.IsWide(j);
            double mean = (isWide ? scans[j].WideSum : sums[j]) / (data.Rows - missing[j]);
            columns[j] = new ColumnPreparation(column)
            {
                IsWide = isWide,
                Mean = mean,
                Median = sample.Median,
                Constant = scans[j].Constant,
            };
            bool isRobust = scaling == FeatureScaling.Robust;
            centers[j] = [isRobust ? sample.Median : isWide ? mean : 0];
            scales[j] = [isRobust ? Inverse(sample.RobustDeviation) : 1];
        });
        samples = taken;
        return new RowPreparation(
            columns, [.. centers.SelectMany(own => own)], [.. scales.SelectMany(own => own)], scaling == FeatureScaling.Robust ? RowPreparation.RobustClip : null, imputation);
    }

    private static double Inverse(double deviation)
    {
        double inverse = 1 / deviation;
        return double.IsFinite(inverse) ? inverse : 0;
    }

    private static ColumnPreparation Category(FeatureColumn column, int[] counts, int rows)
    {
        double unseen = -Math.Log(rows + 1.0);
        return new ColumnPreparation(column)
        {
            IsWide = true,
            Mean = 0,
            Median = 0,
            LogShares = [.. counts.Select(count => Math.Log(count + 1.0) + unseen)],
            UnseenLogShare = unseen,
        };
    }

    // By mean and deviation, which no cell can move far: the features are 0 and 1, or logarithms of shares.
    private static (double[] Centers, double[] Scales) OfCategory(ColumnPreparation column, int[] counts, int rows, FeatureScaling scaling)
    {
        double[] centers = new double[column.Width], scales = new double[column.Width];
        Array.Fill(scales, 1);
        if (scaling == FeatureScaling.Standard) return (centers, scales);
        if (column.IsOneHot)
        {
            for (int level = 0; level < counts.Length; level++)
            {
                double share = (double)counts[level] / rows;
                (centers[level], scales[level]) = (share, Inverse(Math.Sqrt(share * (1 - share))));
            }

            return (centers, scales);
        }

        double sum = 0, squares = 0;
        for (int level = 0; level < counts.Length; level++) sum += counts[level] * column.LogShares[level];
        double mean = sum / rows;
        for (int level = 0; level < counts.Length; level++)
        {
            double deviation = column.LogShares[level] - mean;
            squares += counts[level] * deviation * deviation;
        }

        return ([mean], [Inverse(Math.Sqrt(squares / rows))]);
    }

    private static void Check(Dataset data, int[] missing, Imputation imputation)
    {
        int worst = Array.IndexOf(missing, missing.Max());
        if (missing[worst] == 0) return;
        if (imputation == Imputation.None)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{data.Name}: {missing.Count(count => count > 0)} of {data.Columns} columns have missing cells, most of them {ForeignText.Quote(data.FeatureNames[worst])} ({missing[worst]}). ")
                + "Choose what they take (mean or median), or leave their rows out.");
        }

        if (missing[worst] == data.Rows)
        {
            throw new ArgumentException($"{data.Name}: every cell of {ForeignText.Quote(data.FeatureNames[worst])} is missing, so that there is nothing "
                + "to fill it with. Leave that column out.");
        }
    }

    // Row after row, whatever the stretches. Those of columns in float64 come of their scans.
    private static void AddUp(Dataset data, int first, int end, double[] sums)
    {
        for (int row = first; row < end; row++)
        {
            ReadOnlySpan<float> cells = data.Row(row);
            for (int j = 0; j < cells.Length; j++)
            {
                if (!float.IsNaN(cells[j])) sums[j] += cells[j];
            }
        }
    }
}
