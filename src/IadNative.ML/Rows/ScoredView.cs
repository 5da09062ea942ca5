using Microsoft.ML;

namespace IadNative.ML.Rows;

/// <summary>Data with the score of each row, which is computed when it is read.</summary>
internal sealed class ScoredView(IDataView data, ScoredColumns columns) : IDataView
{
    public bool CanShuffle => data.CanShuffle;

    public DataViewSchema Schema => columns.Output;

    public long? GetRowCount() => data.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, System.Random? rand = null)
    {
        DataViewSchema.Column[] active = [.. columnsNeeded];
        return new ScoredCursor(data.GetRowCursor(columns.GetDependencies(active), rand), columns, active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, System.Random? rand = null)
    {
        DataViewSchema.Column[] active = [.. columnsNeeded];
        return [.. data.GetRowCursorSet(columns.GetDependencies(active), n, rand).Select(cursor => new ScoredCursor(cursor, columns, active))];
    }
}
