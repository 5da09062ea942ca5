namespace IadNative.Data;

/// <summary>Turns a table as it was read into a data set whose values are all finite.</summary>
internal static class MissingCells
{
    /// <summary>Applies <paramref name="missing"/>, reusing the table's arrays where nothing has to move.</summary>
    /// <param name="table">The table as read; its values may be changed.</param>
    /// <param name="name">The data set's name.</param>
    /// <param name="missing">What becomes of bad cells.</param>
    /// <exception cref="DataFormatException">There are bad cells and none may be, or nothing is left without them.</exception>
    public static Dataset Resolve(RawTable table, string name, MissingValues missing)
    {
        int[]? kept = null;
        if (table.Bad.Count > 0)
        {
            switch (missing)
            {
                case MissingValues.Mean:
                    FillWithMeans(table, name);
                    break;
                case MissingValues.Drop:
                    kept = GoodRows(table);
                    if (kept.Length == 0)
                        throw new DataFormatException($"{name}: every one of its {table.Rows} rows has a cell without a " +
                            $"finite number, so that none is left:\n{table.Bad.List()}\n" +
                            "Use --missing mean, or leave out the columns that are empty.");
                    break;
                default:
                    throw new DataFormatException($"{name}: {table.Bad.Count} " +
                        $"{(table.Bad.Count == 1 ? "cell holds" : "cells hold")} no finite float32 number:\n" +
                        $"{table.Bad.List()}\nCorrect the file, or use --missing mean (the column's mean takes the " +
                        "cell's place) or --missing drop (the row is left out).");
            }
        }
        if (kept == null)
        {
            return new Dataset(name, table.Values, table.Rows, table.Columns, table.Labels, table.FeatureNames)
            {
                Image = table.Image,
                Classes = table.Classes,
            };
        }

        float[] values = new float[kept.Length * table.Columns];
        for (int i = 0; i < kept.Length; i++)
            table.Values.AsSpan(kept[i] * table.Columns, table.Columns).CopyTo(values.AsSpan(i * table.Columns));
        bool[]? labels = table.Labels is { } all ? Array.ConvertAll(kept, row => all[row]) : null;
        return new Dataset(name, new TableValues(values), kept.Length, FeatureColumn.Numbers(table.FeatureNames, table.Columns), labels,
            table.FeatureNames is not null, kept)
        {
            Image = table.Image,
            Classes = table.Classes is { } classes ? Array.ConvertAll(kept, row => classes[row]) : null,
        };
    }

    private static int[] GoodRows(RawTable table)
    {
        var good = new List<int>();
        for (int row = 0; row < table.Rows; row++)
        {
            bool finite = true;
            foreach (float value in table.Values.AsSpan(row * table.Columns, table.Columns))
                finite &= float.IsFinite(value);
            if (finite)
                good.Add(row);
        }
        return [.. good];
    }

    private static void FillWithMeans(RawTable table, string name)
    {
        double[] sums = new double[table.Columns];
        int[] counts = new int[table.Columns];
        for (int i = 0; i < table.Values.Length; i++)
        {
            if (!float.IsFinite(table.Values[i]))
                continue;
            sums[i % table.Columns] += table.Values[i];
            counts[i % table.Columns]++;
        }
        int empty = Array.IndexOf(counts, 0);
        if (empty >= 0)
            throw new DataFormatException($"{name}: the feature " +
                $"{BadCells.Quote(table.FeatureNames?[empty] ?? $"x{empty + 1}")} has no finite number in any of the " +
                $"{table.Rows} rows, and so no mean. Leave that column out.");
        for (int i = 0; i < table.Values.Length; i++)
        {
            if (!float.IsFinite(table.Values[i]))
                table.Values[i] = (float)(sums[i % table.Columns] / counts[i % table.Columns]);
        }
    }
}
