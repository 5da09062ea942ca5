using System.Numerics;
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
    /// <param name="passes">Is told how far it is; null for nobody.</param>
    internal static ColumnReport[] Of(Dataset data, RowPreparation preparation, ColumnSample?[] samples, RowPasses? passes = null)
    {
        var reports = new ColumnReport[data.Columns];
        int[] missing = data.CountMissing();
        Extremes?[] extremes = [.. samples.Select((sample, j) => sample is null ? null : new Extremes(data, j, sample))];
        foreach ((int first, int end) in data.Stretches)
        {
            Parallel.ForEach(extremes, column => column?.Add(first, end));
            passes?.Add(end - first);
        }

        Parallel.For(0, reports.Length, j =>
        {
            ColumnPreparation column = preparation.Columns[j];
            if (extremes[j] is not { } extreme)
            {
                reports[j] = new ColumnReport(column.Column, missing[j], null, null, 0, null, column.Column.Levels.Count, 0);
                return;
            }

            double fill = column.FillOf(preparation.Imputation);
            reports[j] = new ColumnReport(
                column.Column, missing[j], missing[j] > 0 && double.IsFinite(fill) ? fill : null, column.Constant, extreme.Count, extreme.Farthest, 0, 0);
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

    /// <summary>The cells of a column that lie far out, gathered from one stretch of rows after the other.</summary>
    private sealed class Extremes(Dataset data, int column, ColumnSample sample)
    {
        private readonly double _median = sample.Median;
        private readonly double _reach = ExtremeAt * sample.RobustDeviation;
        private double _largest;

        public int Count { get; private set; }

        public double? Farthest { get; private set; }

        public void Add(int first, int end)
        {
            if (!(_reach > 0)) return;
            if (data.Cells.Float64?[column] is { } wide) Add(wide.Slice(first, end - first), 0, 1);
            else Add(data.Cells.Float32.Slice((long)first * data.Columns, (end - first) * data.Columns), column, data.Columns);
        }

        private void Add<T>(ReadOnlySpan<T> cells, int place, int stride)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = place; i < cells.Length; i += stride)
            {
                double cell = double.CreateTruncating(cells[i]), distance = Math.Abs(cell - _median);
                if (!(distance > _reach)) continue;
                Count++;
                if (distance <= _largest) continue;
                _largest = distance;
                Farthest = cell;
            }
        }
    }
}
