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
    /// <exception cref="ArgumentException">Cells are missing that may not be, or a column has none at all.</exception>
    public static RowPreparation Run(Dataset data, FeatureScaling scaling, Imputation imputation, out ColumnSample?[] samples)
    {
        int[] missing = data.CountMissing();
        Check(data, missing, imputation);
        ColumnPreparation[] columns = new ColumnPreparation[data.Columns];
        double[][] centers = new double[data.Columns][], scales = new double[data.Columns][];
        double[] means = Means(data, missing);
        var taken = new ColumnSample?[data.Columns];
        Parallel.For(0, data.Columns, j =>
        {
            FeatureColumn column = data.Features[j];
            if (column.Kind == FeatureKind.Category)
            {
                int[] counts = CountLevels(data, j);
                columns[j] = Category(column, counts, data.Rows);
                (centers[j], scales[j]) = OfCategory(columns[j], counts, data.Rows, scaling);
                return;
            }

            ColumnSample sample = taken[j] = new ColumnSample(data, j);
            double[]? wide = data.Cells.Float64?[j];
            columns[j] = new ColumnPreparation(column)
            {
                IsWide = wide is not null,
                Mean = means[j],
                Median = sample.Median,
                Constant = ConstantOf(data, j),
            };
            bool isRobust = scaling == FeatureScaling.Robust;
            centers[j] = [isRobust ? sample.Median : wide is null ? 0 : means[j]];
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

    private static int[] CountLevels(Dataset data, int column)
    {
        int[] counts = new int[data.Features[column].Levels.Count];
        for (int row = 0; row < data.Rows; row++)
        {
            float code = data.Values[(row * data.Columns) + column];
            if (code >= 0 && code < counts.Length) counts[(int)code]++;
        }

        return counts;
    }

    private static double? ConstantOf(Dataset data, int column)
    {
        double[]? wide = data.Cells.Float64?[column];
        double? value = null;
        for (int row = 0; row < data.Rows; row++)
        {
            double cell = wide is null ? data.Values[(row * data.Columns) + column] : wide[row];
            if (double.IsNaN(cell)) continue;
            if (value is { } first && first != cell) return null;
            value = cell;
        }

        return value;
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

    private static double[] Means(Dataset data, int[] missing)
    {
        double[] sums = new double[data.Columns];
        for (int row = 0; row < data.Rows; row++)
        {
            ReadOnlySpan<float> cells = data.Row(row);
            for (int j = 0; j < cells.Length; j++)
            {
                if (!float.IsNaN(cells[j])) sums[j] += cells[j];
            }
        }

        for (int j = 0; j < sums.Length; j++)
        {
            if (data.Cells.Float64?[j] is { } wide) sums[j] = wide.Where(double.IsFinite).Sum();
            sums[j] /= data.Rows - missing[j];
        }

        return sums;
    }
}
