using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.ML.Rows;

/// <summary>A row with its score.</summary>
internal sealed class ScoredRow(DataViewRow row, ScoredColumns columns, IEnumerable<DataViewSchema.Column> active) : DataViewRow
{
    private readonly ScoredGetters _getters = new(row, columns, active);

    public override long Position => row.Position;

    public override long Batch => row.Batch;

    public override DataViewSchema Schema => columns.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Of<TValue>(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing) row.Dispose();
        base.Dispose(disposing);
    }
}
