using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace IadNative.Tests.Data.Columnar;

/// <summary>Writes small Arrow files and streams.</summary>
internal sealed class ArrowFile
{
    private readonly List<Field> _fields = [];
    private readonly List<IArrowArray[]> _columns = [];

    /// <summary>Adds a column: an array a batch.</summary>
    public ArrowFile Add(string name, params IArrowArray[] batches)
    {
        _fields.Add(new Field(name, batches[0].Data.DataType, nullable: true));
        _columns.Add(batches);
        return this;
    }

    /// <summary>The bytes of a stream or a file.</summary>
    public byte[] Write(bool asFile = false, CompressionCodecType? codec = null)
    {
        var stream = new MemoryStream();
        var schema = new Schema(_fields, null);
        var options = new IpcOptions { CompressionCodec = codec };
        if (codec is not null) options.CompressionCodecFactory = new CompressionCodecFactory();
        using ArrowStreamWriter writer = asFile
            ? new ArrowFileWriter(stream, schema, leaveOpen: true, options)
            : new ArrowStreamWriter(stream, schema, leaveOpen: true, options);
        for (int batch = 0; batch < _columns[0].Length; batch++)
            writer.WriteRecordBatch(new RecordBatch(schema, _columns.Select(column => column[batch]), _columns[0][batch].Length));
        writer.WriteEnd();
        return stream.ToArray();
    }

    public static DoubleArray Doubles(params double?[] cells)
    {
        var builder = new DoubleArray.Builder();
        foreach (double? cell in cells) builder.Append(cell);
        return builder.Build();
    }

    public static StringArray Texts(params string?[] cells)
    {
        var builder = new StringArray.Builder();
        foreach (string? cell in cells) builder.Append(cell);
        return builder.Build();
    }

    public static BooleanArray Booleans(params bool?[] cells)
    {
        var builder = new BooleanArray.Builder();
        foreach (bool? cell in cells)
        {
            if (cell is { } value) builder.Append(value);
            else builder.AppendNull();
        }

        return builder.Build();
    }
}
