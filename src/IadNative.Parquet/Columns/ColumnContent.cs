namespace IadNative.Parquet.Columns;

/// <summary>What a column of a file holds, as far as features are concerned.</summary>
internal enum ColumnContent
{
    /// <summary>Numbers, or what is counted from a beginning, such as dates.</summary>
    Number,

    /// <summary>Yes or no.</summary>
    Boolean,

    /// <summary>Text, or bytes that are written as text.</summary>
    Text,

    /// <summary>Cells that hold cells, or of a type that is not read.</summary>
    Other,
}

/// <summary>A column of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Content">What it holds.</param>
/// <param name="Type">Its type as messages call it, such as <c>a list</c>.</param>
internal sealed record SourceColumn(string Name, ColumnContent Content, string Type);
