using System.Globalization;
using System.Text;
using IadNative.Parquet;

namespace IadNative.Tests.Data.Columnar;

/// <summary>Reads tables with the formats of <c>IadNative.Parquet</c>, and compares them.</summary>
internal static class Tables
{
    public static DatasetReadOptions Options { get; } =
        new() { Formats = [new ParquetFormat(), new ArrowFormat()], Missing = MissingValues.Keep };

    public static Dataset Read(byte[] bytes, DatasetReadOptions? options = null) =>
        DatasetReader.Read(new MemoryStream(bytes), "file", options ?? Options);

    public static Dataset ReadText(string text, DatasetReadOptions? options = null) => Read(Encoding.UTF8.GetBytes(text), options);

    /// <summary>The message of the error that reading ends with.</summary>
    public static string Refusal(byte[] bytes, DatasetReadOptions? options = null) =>
        Assert.Throws<DataFormatException>(() => Read(bytes, options))!.Message;

    /// <summary>A table as the same reader gives it from CSV: features, all cells, labels, names and missing cells.</summary>
    public static void AssertSame(Dataset table, Dataset expected)
    {
        Assert.Multiple(() =>
        {
            Assert.That(table.Features, Is.EqualTo(expected.Features));
            Assert.That(table.Rows, Is.EqualTo(expected.Rows));
            Assert.That(table.Labels, Is.EqualTo(expected.Labels));
            Assert.That(table.Ids, Is.EqualTo(expected.Ids));
            Assert.That(table.MissingCells, Is.EqualTo(expected.MissingCells));
        });
        double[] row = new double[table.Columns], expectedRow = new double[table.Columns];
        for (int i = 0; i < table.Rows; i++)
        {
            table.CopyRow(i, row);
            expected.CopyRow(i, expectedRow);
            Assert.That(row, Is.EqualTo(expectedRow), $"row {i}");
        }
    }

    /// <summary>CSV of some columns; null is an empty cell.</summary>
    public static string Csv(params (string Name, object?[] Cells)[] columns)
    {
        var text = new StringBuilder(string.Join(',', columns.Select(column => column.Name))).Append('\n');
        for (int i = 0; i < columns[0].Cells.Length; i++)
            text.AppendJoin(',', columns.Select(column => Convert.ToString(column.Cells[i], CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }
}
