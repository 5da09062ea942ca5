using System.Buffers.Binary;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Parquet;

/// <summary>
/// Arrow's interprocess format, as files (which are also called Feather version 2) and as streams, for
/// <see cref="DatasetReadOptions.Formats"/>. Numbers, truth values, dates and times are features; columns of text and dictionaries of
/// text are categories where the options or a model say so. The package's page has the types.
/// </summary>
public sealed class ArrowFormat : DatasetFormat
{
    private static ReadOnlySpan<byte> FeatherVersion1 => "FEA1"u8;

    internal override bool IsFormat(ReadOnlySpan<byte> head) =>
        head.StartsWith(ArrowReader.FileMagic) || head.StartsWith(FeatherVersion1) || IsStream(head);

    internal override TableReader Open(ContentStream content, ReadRequest request)
    {
        if (content.Head(FeatherVersion1.Length).SequenceEqual(FeatherVersion1))
            throw new DataFormatException($"{content.Name}: this is Feather version 1, which cannot be read. Save it as version 2.");
        return ArrowReader.Open(content, request);
    }

    // The first message is the schema, whose metadata fill up eights.
    private static bool IsStream(ReadOnlySpan<byte> head) => head.Length >= 8 && head.StartsWith(ArrowReader.StreamMagic) &&
        BinaryPrimitives.ReadInt32LittleEndian(head[4..]) is > 0 and var length && length % 8 == 0;
}
