namespace IadNative.Parquet.Metadata;

/// <summary>How pages are packed.</summary>
internal enum PageCodec
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Snappy without a frame.</summary>
    Snappy = 1,

    /// <summary>Gzip.</summary>
    Gzip = 2,

    /// <summary>LZO, which is not read.</summary>
    Lzo = 3,

    /// <summary>Brotli.</summary>
    Brotli = 4,

    /// <summary>LZ4 in Hadoop's frames, or without any.</summary>
    Lz4Hadoop = 5,

    /// <summary>Zstandard.</summary>
    Zstd = 6,

    /// <summary>An LZ4 block.</summary>
    Lz4 = 7,
}
