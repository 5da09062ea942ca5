using Microsoft.ML;

namespace IadNative.ML.Rows;

/// <summary>What reads the columns of a scored row: the row's own, and the three behind them.</summary>
internal sealed class ScoredGetters(DataViewRow row, ScoredColumns columns, IEnumerable<DataViewSchema.Column> active)
{
    private readonly HashSet<int> _active = [.. active.Select(column => column.Index)];
    private RowScore? _score;

    public bool IsActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public ValueGetter<TValue> Of<TValue>(DataViewSchema.Column column)
    {
        if (!IsActive(column)) throw new ArgumentException($"The column '{column.Name}' was not asked for.", nameof(column));
        if (column.Index < columns.Input.Count) return row.GetGetter<TValue>(columns.Input[column.Index]);
        _score ??= columns.ScoreOf(row);
        return _score.GetterOf(column.Index - columns.Input.Count) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' is of type {column.Type}, not {typeof(TValue).Name}.");
    }
}
