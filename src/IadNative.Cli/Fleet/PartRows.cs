namespace IadNative.Cli.Fleet;

/// <summary>The rows of a part in one source.</summary>
/// <param name="Source">The source's place among all, ascending from one of a part's to the next.</param>
/// <param name="Rows">Its rows there, ascending.</param>
internal readonly record struct PartRows(int Source, int[] Rows);
