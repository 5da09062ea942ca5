using System.Buffers.Binary;
using System.IO.Compression;
using IadNative.Parquet.Metadata;
using K4os.Compression.LZ4;
using Snappier;
using ZstdSharp;

namespace IadNative.Parquet.Pages;

/// <summary>Unpacks pages. The size is known in advance, and more than a codec can make of the packed bytes is not believed.</summary>
internal static class PageUnpacker
{
    /// <summary>The most bytes that a codec makes of so many.</summary>
    /// <exception cref="NotSupportedException">The codec is not read.</exception>
    public static long MostBytes(PageCodec codec, int packed) => codec switch
    {
        PageCodec.None => packed,
        // A copy of up to 64 bytes takes three.
        PageCodec.Snappy => 22L * packed + 64,
        // 255 bytes more for every byte of a length.
        PageCodec.Lz4 or PageCodec.Lz4Hadoop => 256L * packed + 64,
        PageCodec.Gzip => 1040L * packed + 64,
        // A block of 128 KiB of one byte takes four.
        PageCodec.Zstd => 33_000L * packed + (128 << 10),
        // A block of 16 MiB of repetitions takes some ten.
        PageCodec.Brotli => 2_000_000L * packed + (16 << 20),
        _ => throw new NotSupportedException($"packed with {(codec == PageCodec.Lzo ? "LZO" : $"codec {(int)codec}")}"),
    };

    /// <summary>Unpacks all bytes of a page.</summary>
    /// <returns>Whether they are as many as announced.</returns>
    public static bool TryUnpack(PageCodec codec, ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        switch (codec)
        {
            case PageCodec.None:
                packed.CopyTo(plain);
                return packed.Length == plain.Length;
            case PageCodec.Snappy:
                return Snappy.GetUncompressedLength(packed) == plain.Length && Snappy.Decompress(packed, plain) == plain.Length;
            case PageCodec.Lz4:
                return LZ4Codec.Decode(packed, plain) == plain.Length;
            case PageCodec.Lz4Hadoop:
                return TryUnpackHadoop(packed, plain) || LZ4Codec.Decode(packed, plain) == plain.Length;
            case PageCodec.Zstd:
                using (var zstd = new Decompressor())
                    return zstd.TryUnwrap(packed, plain, out int written) && written == plain.Length;
            case PageCodec.Brotli:
                return BrotliDecoder.TryDecompress(packed, plain, out int length) && length == plain.Length;
            default:
                return TryUnpackGzip(packed, plain);
        }
    }

    // Each frame: its length unpacked and packed, both with the high byte first.
    private static bool TryUnpackHadoop(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        while (packed.Length > 8)
        {
            uint whole = BinaryPrimitives.ReadUInt32BigEndian(packed);
            packed = packed[4..];
            if (whole > plain.Length) return false;
            for (Span<byte> frame = plain[..(int)whole]; !frame.IsEmpty;)
            {
                if (packed.Length < 4) return false;
                uint size = BinaryPrimitives.ReadUInt32BigEndian(packed);
                packed = packed[4..];
                if (size > packed.Length) return false;
                int written = LZ4Codec.Decode(packed[..(int)size], frame);
                if (written <= 0) return false;
                packed = packed[(int)size..];
                frame = frame[written..];
            }

            plain = plain[(int)whole..];
        }

        return packed.IsEmpty && plain.IsEmpty;
    }

    private static unsafe bool TryUnpackGzip(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        fixed (byte* bytes = packed)
        {
            using var source = new UnmanagedMemoryStream(bytes, packed.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            return gzip.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false) == plain.Length && gzip.ReadByte() < 0;
        }
    }
}
