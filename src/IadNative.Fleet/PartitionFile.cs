using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using IadNative.Data;
using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative.Fleet;

/// <summary>
/// A partition as a file that carries all of it: safetensors with a checksum. Its content decides its hash, and reading it proves both.
/// </summary>
/// <remarks>
/// The hash is SHA-256 of a JSON object with rows, columns (names, kinds, levels), whether these names are the source's own, whether there
/// are labels and how many anomalies, and which columns are kept in float64; then of the n x d float32 values, row-major and little-endian;
/// of the columns in float64, one after the other; and of one byte a row with its label, 0 or 1. A missing cell is NaN with one pattern of
/// bits.
/// </remarks>
public static class PartitionFile
{
    /// <summary>What a file has beside its data and its description, at most.</summary>
    private const int Frame = 1 << 20;

    private const string MetadataKey = "partition", Values = "values", Anomalies = "anomalies";

    /// <summary>What a table is as a partition.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="data">n rows.</param>
    /// <exception cref="ArgumentException">The data are images, which fleets do not take, or so large that their file would have 2 GiB.</exception>
    /// <exception cref="InvalidOperationException">A fit has used the matrix up.</exception>
    public static Partition Describe(string name, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(data);
        RequireTable(data);
        return new Partition(name, HashOf(data), data.Rows, data.Features);
    }

    /// <summary>The file of a table; the same table has the same bytes.</summary>
    /// <param name="data">n rows.</param>
    /// <exception cref="ArgumentException">The data are images, which fleets do not take, or so large that their file would have 2 GiB.</exception>
    /// <exception cref="InvalidOperationException">A fit has used the matrix up.</exception>
    public static byte[] Write(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        RequireTable(data);
        var file = new SafetensorsWriter { IsSealed = true };
        file.Metadata[MetadataKey] = System.Text.Encoding.UTF8.GetString(Description(data).Span);
        file.Add<float>(Values, [data.Rows, data.Columns], Canonical(data.Values));
        for (int column = 0; column < data.Columns; column++)
        {
            if (data.Cells.Float64?[column] is { Array: { } wide }) file.Add<double>(WideName(column), [data.Rows], Canonical(wide));
        }

        if (data.Labels is { } labels)
        {
            int[] anomalies = [.. Enumerable.Range(0, labels.Length).Where(row => labels[row])];
            file.Add<int>(Anomalies, [anomalies.Length], anomalies);
        }

        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    /// <summary>Reads a partition; nothing in it is trusted.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">What the data set is to be called, also in messages.</param>
    /// <param name="hash">The hash that it must have.</param>
    /// <exception cref="DataFormatException">It is damaged, no partition, or another one.</exception>
    /// <exception cref="ArgumentException"><paramref name="hash"/> is no SHA-256.</exception>
    public static Dataset Read(byte[] content, string name, string hash)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(name);
        Digest.Require(hash, nameof(hash));
        try
        {
            using var stream = new MemoryStream(content, writable: false);
            SafetensorsFile file = SafetensorsFile.Read(stream, name);
            Dataset data = Read(file, name);
            return file.IsSealed && HashOf(data) == hash ? data : throw new FormatException("its content does not have the hash that it is known by");
        }
        catch (Exception e) when (e is ModelFormatException or JsonException or KeyNotFoundException or FormatException or InvalidOperationException
            or ArgumentException or OverflowException)
        {
            throw new DataFormatException(
                $"{ForeignText.Shorten(name, ForeignText.LongestFileName)}: the stored partition cannot be used: "
                + $"{ForeignText.Shorten(e.Message, ForeignText.LongestReason)}. Plan the fleet again from its sources, which stores it anew.", e);
        }
    }

    /// <summary>Whether a content is that of a hash.</summary>
    internal static bool IsSound(byte[] content, string hash)
    {
        try
        {
            _ = Read(content, hash, hash);
            return true;
        }
        catch (DataFormatException)
        {
            return false;
        }
    }

    private static Dataset Read(SafetensorsFile file, string name)
    {
        using JsonDocument document = JsonDocument.Parse(file.Metadata[MetadataKey], new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
        JsonElement json = document.RootElement;
        int rows = json.GetProperty("rows").GetInt32();
        FeatureColumn[] columns = ColumnsJson.Read(json.GetProperty("columns"));
        float[] values = file.Float32(Values, rows, columns.Length);
        double[]?[]? wide = null;
        foreach (JsonElement column in json.GetProperty("wide").EnumerateArray())
        {
            wide ??= new double[]?[columns.Length];
            int place = column.GetInt32();
            if (place < 0 || place >= columns.Length) throw new FormatException("it has a column beyond its last");
            wide[place] = file.Float64(WideName(place), rows);
        }

        bool[]? labels = json.GetProperty("labels").GetBoolean() ? new bool[rows] : null;
        if (labels is not null)
        {
            foreach (int row in file.Int32(Anomalies, json.GetProperty("anomalies").GetInt32()))
            {
                if (row < 0 || row >= rows) throw new FormatException("it has a label beyond its last row");
                labels[row] = true;
            }
        }

        return new Dataset(
            name, TableValues.Of(values, wide), rows, columns, labels, json.GetProperty("named").GetBoolean(), allowMissing: true);
    }

    private static void RequireTable(Dataset data)
    {
        if (data.Image is not null) throw new ArgumentException($"{data.Name} holds images; fleets are of tables.", nameof(data));
        // Within JSON within JSON a character takes up to six.
        long description = data.Features.Sum(column => column.Levels.Sum(level => 8L + (12L * level.Length)) + (12L * column.Name.Length));
        int wide = Enumerable.Range(0, data.Columns).Count(data.Cells.IsWide);
        if (!Fits(data.Rows, data.Columns, wide, data.Anomalies, description))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{ForeignText.Quote(data.Name)} has {data.Rows} rows of {data.Columns} columns, which are more than the 2 GiB of a part; split it."), nameof(data));
        }
    }

    /// <summary>Whether a table of this size is a file that an array can hold.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="wide">Those of them that are kept in float64 too.</param>
    /// <param name="anomalies">Rows that are labelled as anomalies.</param>
    /// <param name="description">Bytes of names and levels.</param>
    internal static bool Fits(long rows, int columns, int wide, long anomalies, long description) =>
        ((Int128)rows * ((sizeof(float) * (long)columns) + (sizeof(double) * (long)wide))) + (sizeof(int) * anomalies) + description + Frame <= Array.MaxLength;

    private static string HashOf(Dataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        SafetensorsElement.RequireLittleEndianHost();
        hash.AppendData(Description(data).Span);
        hash.AppendData(MemoryMarshal.AsBytes<float>(Canonical(data.Values)));
        foreach (Numbers<double>? numbers in data.Cells.Float64 ?? [])
        {
            if (numbers is { Array: { } wide }) hash.AppendData(MemoryMarshal.AsBytes<double>(Canonical(wide)));
        }

        if (data.Labels is { } labels) hash.AppendData(Array.ConvertAll(labels, anomaly => anomaly ? (byte)1 : (byte)0));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static ReadOnlyMemory<byte> Description(Dataset data)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("rows", data.Rows);
        json.WritePropertyName("columns");
        ColumnsJson.Write(json, data.Features);
        json.WriteBoolean("named", data.AreFeaturesNamed);
        json.WriteBoolean("labels", data.Labels is not null);
        json.WriteNumber("anomalies", data.Anomalies);
        json.WriteStartArray("wide");
        for (int column = 0; column < data.Columns; column++)
        {
            if (data.Cells.IsWide(column)) json.WriteNumberValue(column);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    // Not a number has many patterns of bits, which mean the same.
    private static float[] Canonical(float[] values) => values.AsSpan().ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity)
        ? Array.ConvertAll(values, value => float.IsNaN(value) ? float.NaN : value)
        : values;

    private static double[] Canonical(double[] values) => values.AsSpan().ContainsAnyExceptInRange(double.NegativeInfinity, double.PositiveInfinity)
        ? Array.ConvertAll(values, value => double.IsNaN(value) ? double.NaN : value)
        : values;

    private static string WideName(int column) => FormattableString.Invariant($"wide.{column}");
}
