using IadNative.Data;
using IadNative.Data.Preparation;

namespace IadNative;

/// <summary>What the training cells of a column are like, as far as it bears on the detector.</summary>
/// <param name="Column">Its name, kind and levels.</param>
/// <param name="Missing">Cells that are missing.</param>
/// <param name="Fill">What they take; null where none is missing, and for a category, whose missing cells are like unseen levels.</param>
/// <param name="Constant">The one value of all its cells; null where there are several.</param>
/// <param name="Extreme">
/// Cells that lie more than 100 robust standard deviations from the median (that of the middle half of the cells, or of more of them
/// where the middle half is one number).
/// </param>
/// <param name="Farthest">The one of them that lies farthest out; null without any.</param>
/// <param name="Distinct">Different values, of columns of more than 200,000 rows among evenly spaced ones of them.</param>
/// <param name="Collapsed">How many of these become the same as another one in the float32 numbers that training sees.</param>
public sealed record ColumnReport(
    FeatureColumn Column, int Missing, double? Fill, double? Constant, int Extreme, double? Farthest, int Distinct, int Collapsed)
{
    private const double ExtremeAt = 100;

    /// <summary>Reports on all columns, but for what collapses, which depends on the networks' scaler.</summary>
    /// <param name="data">The table.</param>
    /// <param name="preparation">How its rows are prepared.</param>
    /// <param name="samples">The cells that order statistics came of.</param>
    internal static ColumnReport[] Of(Dataset data, RowPreparation preparation, ColumnSample?[] samples)
    {
        var reports = new ColumnReport[data.Columns];
        int[] missing = data.CountMissing();
        Parallel.For(0, reports.Length, j =>
        {
            ColumnPreparation column = preparation.Columns[j];
            if (samples[j] is not { } sample)
            {
                reports[j] = new ColumnReport(column.Column, missing[j], null, null, 0, null, column.Column.Levels.Count, 0);
                return;
            }

            (int extreme, double? farthest) = Extremes(data, j, sample);
            double fill = column.FillOf(preparation.Imputation);
            reports[j] = new ColumnReport(
                column.Column, missing[j], missing[j] > 0 && double.IsFinite(fill) ? fill : null, column.Constant, extreme, farthest, 0, 0);
        });
        return reports;
    }

    /// <summary>Reports that say which values collapse.</summary>
    /// <param name="reports">The reports so far.</param>
    /// <param name="preparation">How rows are prepared.</param>
    /// <param name="samples">The cells that order statistics came of.</param>
    /// <param name="scaler">The networks' own scaler.</param>
    internal static ColumnReport[] WithCollapsed(
        ColumnReport[] reports, RowPreparation preparation, ColumnSample?[] samples, FeatureScaler scaler)
    {
        var complete = new ColumnReport[reports.Length];
        Parallel.For(0, reports.Length, j =>
        {
            complete[j] = reports[j];
            if (samples[j] is not { } sample) return;
            int feature = Array.IndexOf(preparation.Owners, j);
            (int distinct, int collapsed) = Distincts(sample.Sorted, x =>
                (preparation.ApplyTo(feature, x) - scaler.Offset[feature]) * scaler.Scale[feature]);
            complete[j] = reports[j] with { Distinct = distinct, Collapsed = reports[j].Constant is null ? collapsed : 0 };
        });
        return complete;
    }

    private static (int Count, double? Farthest) Extremes(Dataset data, int column, ColumnSample sample)
    {
        double median = sample.Median, reach = ExtremeAt * sample.RobustDeviation, largest = 0;
        if (!(reach > 0)) return (0, null);
        int count = 0;
        double? farthest = null;
        double[]? wide = data.Cells.Float64?[column];
        for (int row = 0; row < data.Rows; row++)
        {
            double cell = wide is null ? data.Values[(row * data.Columns) + column] : wide[row];
            double distance = Math.Abs(cell - median);
            if (!(distance > reach)) continue;
            count++;
            if (distance <= largest) continue;
            largest = distance;
            farthest = cell;
        }

        return (count, farthest);
    }

    private static (int Distinct, int Collapsed) Distincts(ReadOnlySpan<double> sorted, Func<double, float> prepare)
    {
        int distinct = 0, kept = 0;
        float last = float.NaN;
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i] == sorted[i - 1]) continue;
            distinct++;
            float prepared = prepare(sorted[i]);
            if (prepared != last) kept++;
            last = prepared;
        }

        return (distinct, distinct - kept);
    }
}
