namespace IadNative.Detectors;

/// <summary>Columns of rows, which detectors of one kind share.</summary>
/// <param name="columns">The d columns.</param>
internal sealed class ColumnSet(IReadOnlyList<FeatureColumn> columns)
{
    /// <summary>The d columns.</summary>
    public IReadOnlyList<FeatureColumn> Columns => columns;

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. columns.Select(column => column.Name)];
}
