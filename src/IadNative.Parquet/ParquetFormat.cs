using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Parquet;

/// <summary>
/// Apache Parquet, for <see cref="DatasetReadOptions.Formats"/>. Numbers, truth values, dates and times are features; columns of text
/// are categories where the options or a model say so. The package's page has the types.
/// </summary>
public sealed class ParquetFormat : DatasetFormat
{
    internal override bool IsFormat(ReadOnlySpan<byte> head) => head.StartsWith(ParquetReader.Magic) || head.StartsWith("PARE"u8);

    internal override TableReader Open(ContentStream content, ReadRequest request) => ParquetReader.Open(content, request);
}
