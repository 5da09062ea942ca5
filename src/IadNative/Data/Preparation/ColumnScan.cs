using System.Numerics;

namespace IadNative.Data.Preparation;

/// <summary>What the cells of one column are, gathered from one stretch of rows after the other.</summary>
internal sealed class ColumnScan
{
    private readonly Dataset _data;
    private readonly int _column;
    private readonly int _step;
    private readonly double[] _cells = [];
    private int _count;
    private bool _varies;

    /// <param name="data">The table.</param>
    /// <param name="column">The column.</param>
    public ColumnScan(Dataset data, int column)
    {
        (_data, _column, _step) = (data, column, ColumnSample.StepOf(data.Rows));
        FeatureColumn feature = data.Features[column];
        IsCategory = feature.Kind == FeatureKind.Category;
        Levels = new int[IsCategory ? feature.Levels.Count : 0];
        if (!IsCategory) _cells = new double[ColumnSample.RowsOf(data.Rows)];
    }

    /// <summary>Whether cells are codes of levels.</summary>
    public bool IsCategory { get; }

    /// <summary>For each level of a category the number of its rows.</summary>
    public int[] Levels { get; }

    /// <summary>The one value of all cells that are not missing; null where there are several, or none.</summary>
    public double? Constant { get; private set; }

    /// <summary>The sum of all cells of a column in float64.</summary>
    public double WideSum { get; private set; }

    /// <summary>Looks at the rows of a stretch, the one after that of the last call.</summary>
    public void Add(int first, int end)
    {
        ReadOnlySpan<float> cells = _data.Cells.Float32.Slice((long)first * _data.Columns, (end - first) * _data.Columns);
        if (IsCategory)
        {
            CountLevels(cells);
        }
        else if (_data.Cells.Float64?[_column] is { } wide)
        {
            ReadOnlySpan<double> exact = wide.Slice(first, end - first);
            AddNumbers(exact, 0, 1, first);
            foreach (double cell in exact)
            {
                if (double.IsFinite(cell)) WideSum += cell;
            }
        }
        else
        {
            AddNumbers(cells, _column, _data.Columns, first);
        }
    }

    /// <summary>The cells from which order statistics are taken.</summary>
    public ColumnSample Sample() => new(_count == _cells.Length ? _cells : _cells[.._count]);

    private void CountLevels(ReadOnlySpan<float> cells)
    {
        for (int i = _column; i < cells.Length; i += _data.Columns)
        {
            float code = cells[i];
            if (code >= 0 && code < Levels.Length) Levels[(int)code]++;
        }
    }

    private void AddNumbers<T>(ReadOnlySpan<T> cells, int place, int stride, int firstRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int skipped = (_step - (firstRow % _step)) % _step;
        for (long i = place + ((long)skipped * stride); i < cells.Length; i += (long)_step * stride)
        {
            double cell = double.CreateTruncating(cells[(int)i]);
            if (double.IsFinite(cell)) _cells[_count++] = cell;
        }

        for (int i = place; i < cells.Length && !_varies; i += stride)
        {
            double cell = double.CreateTruncating(cells[i]);
            if (double.IsNaN(cell)) continue;
            _varies = Constant is { } constant && constant != cell;
            Constant = _varies ? null : cell;
        }
    }
}
