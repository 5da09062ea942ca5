using global::Parquet;
using global::Parquet.Schema;

namespace IadNative.Tests.Data.Columnar;

/// <summary>Writes small Parquet files with Parquet.Net.</summary>
internal sealed class ParquetFile
{
    private readonly List<Field> _fields = [];
    private readonly List<Func<ParquetRowGroupWriter, Range, Task>> _columns = [];
    private int _rows = -1;

    /// <summary>Adds a column whose cells are all there.</summary>
    public ParquetFile Add<T>(string name, T[] cells, DataField? field = null)
        where T : struct
    {
        field ??= new DataField<T>(name);
        return Add(field, cells.Length, (group, rows) => group.WriteAsync<T>(field, cells[rows].AsMemory()));
    }

    /// <summary>Adds a column with missing cells.</summary>
    public ParquetFile Add<T>(string name, T?[] cells, DataField? field = null)
        where T : struct
    {
        field ??= new DataField<T?>(name);
        return Add(field, cells.Length, (group, rows) => group.WriteAsync<T>(field, new ReadOnlyMemory<T?>(cells[rows])));
    }

    /// <summary>Adds a column of text.</summary>
    public ParquetFile Add(string name, string?[] cells)
    {
        var field = new DataField<string>(name);
        return Add(field, cells.Length, (group, rows) => group.WriteAsync(field, cells[rows]));
    }

    /// <summary>Adds a column of lists of two numbers.</summary>
    public ParquetFile AddLists(string name, int rows)
    {
        var item = new DataField<double>("element", nullable: false);
        Add(new ListField(name, item), rows, (group, range) => group.WriteAllPartsAsync<double>(item,
            new double[2 * (range.End.Value - range.Start.Value)],
            Enumerable.Repeat(item.MaxDefinitionLevel, 2 * (range.End.Value - range.Start.Value)).ToArray(),
            Enumerable.Range(0, 2 * (range.End.Value - range.Start.Value)).Select(i => i % 2).ToArray(), default));
        return this;
    }

    /// <summary>The file, in groups of so many rows.</summary>
    public byte[] Write(int rowsOfGroup = int.MaxValue, CompressionMethod method = CompressionMethod.Snappy)
    {
        var stream = new MemoryStream();
        WriteAsync(stream, rowsOfGroup, method).GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private async Task WriteAsync(MemoryStream stream, int rowsOfGroup, CompressionMethod method)
    {
        var options = new ParquetOptions { CompressionMethod = method };
        ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(_fields), stream, options);
        await using (writer)
        {
            for (int row = 0; row < _rows; row += rowsOfGroup)
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                foreach (Func<ParquetRowGroupWriter, Range, Task> column in _columns)
                    await column(group, row..(int)Math.Min(_rows, (long)row + rowsOfGroup));
                if (rowsOfGroup == int.MaxValue) break;
            }
        }
    }

    private ParquetFile Add(Field field, int rows, Func<ParquetRowGroupWriter, Range, Task> write)
    {
        Assert.That(_rows, Is.EqualTo(-1).Or.EqualTo(rows));
        _rows = rows;
        _fields.Add(field);
        _columns.Add(write);
        return this;
    }
}
