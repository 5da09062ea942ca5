using IadNative.Data.Preparation;

namespace IadNative.Detectors;

/// <summary>Columns of rows, which detectors of one kind share.</summary>
/// <param name="columns">The d columns.</param>
internal sealed class ColumnSet(IReadOnlyList<FeatureColumn> columns)
{
    /// <summary>The d columns.</summary>
    public IReadOnlyList<FeatureColumn> Columns => columns;

    /// <summary>A preparation of rows of these columns, with which those of others share what they have alike; null outside of a pool.</summary>
    public RowPreparation? Preparation { get; init; }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. columns.Select(column => column.Name)];
}
