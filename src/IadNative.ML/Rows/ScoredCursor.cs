using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.ML.Rows;

/// <summary>Goes over rows and their scores.</summary>
internal sealed class ScoredCursor(DataViewRowCursor cursor, ScoredColumns columns, IEnumerable<DataViewSchema.Column> active) : DataViewRowCursor
{
    private readonly ScoredGetters _getters = new(cursor, columns, active);

    public override long Position => cursor.Position;

    public override long Batch => cursor.Batch;

    public override DataViewSchema Schema => columns.Output;

    public override bool MoveNext() => cursor.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Of<TValue>(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing) cursor.Dispose();
        base.Dispose(disposing);
    }
}
