using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using IadNative.Data;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace IadNative.Tests.Data;

/// <summary>Writes small files of every format, and reads them.</summary>
internal static class Files
{
    public static Dataset Read(byte[] bytes, string? label = null, MissingValues missing = MissingValues.Error) =>
        DatasetReader.Read(new MemoryStream(bytes), "file", new DatasetReadOptions { Label = label, Missing = missing });

    public static Dataset Read(string text, string? label = null, MissingValues missing = MissingValues.Error) =>
        Read(Encoding.UTF8.GetBytes(text), label, missing);

    public static Dataset Read(byte[] bytes, DatasetReadOptions options) => DatasetReader.Read(new MemoryStream(bytes), "file", options);

    public static Dataset Read(string text, DatasetReadOptions options) => Read(Encoding.UTF8.GetBytes(text), options);

    public static string Refusal(byte[] bytes, DatasetReadOptions options) =>
        Assert.Throws<DataFormatException>(() => Read(bytes, options))!.Message;

    public static string Refusal(string text, DatasetReadOptions options) => Refusal(Encoding.UTF8.GetBytes(text), options);

    /// <summary>The message of the error that reading ends with.</summary>
    public static string Refusal(byte[] bytes, string? label = null, MissingValues missing = MissingValues.Error) =>
        Assert.Throws<DataFormatException>(() => Read(bytes, label, missing))!.Message;

    public static string Refusal(string text, string? label = null, MissingValues missing = MissingValues.Error) =>
        Refusal(Encoding.UTF8.GetBytes(text), label, missing);

    /// <summary>A changed byte may be one that means nothing, such as padding; but it gives no other values.</summary>
    public static void AssertRefusedOrUnchanged(byte[] bytes, float[] values)
    {
        try
        {
            Assert.That(Read(bytes).Values, Is.EqualTo(values));
        }
        catch (DataFormatException e)
        {
            Assert.That(e.Message, Does.StartWith("file"));
        }
    }

    public static byte[] Gzip(byte[] bytes) => Pack(bytes, stream => new GZipStream(stream, CompressionLevel.Optimal, true));

    public static byte[] Zlib(byte[] bytes) => Pack(bytes, stream => new ZLibStream(stream, CompressionLevel.Optimal, true));

    public static byte[] Zstd(byte[] bytes) => Pack(bytes, stream =>
    {
        var packed = new CompressionStream(stream, leaveOpen: true);
        packed.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return packed;
    });

    /// <summary>An NPY file; the values are written in the order given.</summary>
    public static byte[] Npy(string type, string shape, double[] values, bool fortran = false, int version = 1) => NpyOfHeader(
        $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}",
        [.. values.SelectMany(value => Number(type[1..], type[0] == '>', value))], version);

    public static byte[] NpyOfHeader(string header, byte[] values, int version = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(header.PadRight(117) + "\n");
        byte[] length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. values];
    }

    public static byte[] Npz(CompressionLevel level, params (string Name, byte[] Npy)[] arrays)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, npy) in arrays)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(npy);
            }
        }
        return stream.ToArray();
    }

    /// <summary>One number as NumPy's type code (f8, i2, ...) stores it.</summary>
    public static byte[] Number(string type, bool bigEndian, double value)
    {
        byte[] bytes = type switch
        {
            "b1" or "u1" => [(byte)value],
            "i1" => [(byte)(sbyte)value],
            "i2" => BitConverter.GetBytes((short)value),
            "u2" => BitConverter.GetBytes((ushort)value),
            "i4" => BitConverter.GetBytes((int)value),
            "u4" => BitConverter.GetBytes((uint)value),
            "i8" => BitConverter.GetBytes((long)value),
            "u8" => BitConverter.GetBytes((ulong)value),
            "f2" => BitConverter.GetBytes((Half)value),
            "f4" => BitConverter.GetBytes((float)value),
            "f8" => BitConverter.GetBytes(value),
            _ => throw new ArgumentException(type),
        };
        if (bigEndian)
            Array.Reverse(bytes);
        return bytes;
    }

    public static string Csv(float[] values, int columns, char separator = ',') => string.Join('\n', values.Chunk(columns)
        .Select(row => string.Join(separator, row.Select(value => value.ToString("R", CultureInfo.InvariantCulture))))) + "\n";

    private static byte[] Pack(byte[] bytes, Func<Stream, Stream> compressor)
    {
        var stream = new MemoryStream();
        using (var packed = compressor(stream))
            packed.Write(bytes);
        return stream.ToArray();
    }
}
