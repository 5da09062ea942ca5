using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using IadNative.Messages;
using StbImageSharp;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads PNG: grey, or in colours that are all grey, with up to 8 bits a channel. The file is a magic number and chunks: length,
/// name, data, CRC-32. Only when all of it holds together (every checksum, and a zlib stream of as many bytes as the header
/// promises) is it handed to the decoder, which trusts its input.
/// </summary>
internal sealed class PngFormat
{
    private readonly ContentStream _content;
    private readonly ReaderLimits _limits;
    private readonly ArrayBufferWriter<byte> _file = new();
    private readonly ArrayBufferWriter<byte> _packed = new();

    private PngFormat(ContentStream content, ReaderLimits limits)
    {
        _content = content;
        _limits = limits;
    }

    /// <summary>The first bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads one image. What follows its last chunk is left unread.</summary>
    /// <param name="content">The file from the magic on.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="DataFormatException">The file is no PNG, damaged, or not grey.</exception>
    public static GreyImage Read(ContentStream content, ReaderLimits limits) => new PngFormat(content, limits).Read();

    private GreyImage Read()
    {
        Copy(Magic.Length);
        if (!_file.WrittenSpan.SequenceEqual(Magic))
            throw _content.Error("this is no PNG file. Save it as PNG, or take it out of the folder");
        (ImageShape shape, int bits) = ParseHeader(ReadChunk(out string? first), first);
        for (string? name = ""; name != "IEND";)
        {
            ReadOnlySpan<byte> data = ReadChunk(out name);
            if (name == "IDAT")
                _packed.Write(data);
            else if (char.IsAsciiLetterUpper(name[0]) && name is not ("PLTE" or "IEND"))
                throw _content.Error($"the chunk {ForeignText.Quote(name)} is not allowed here; the file is damaged. Save it again");
        }
        CheckSize(shape, bits);
        // Its pixels, and they once more as the decoder has them.
        _content.Memory?.Keep((long)shape.Height * shape.Width);
        return new GreyImage(shape, Decode(shape));
    }

    /// <summary>Reads a chunk and returns its data, which is valid until the next one.</summary>
    private ReadOnlySpan<byte> ReadChunk(out string name)
    {
        int start = _file.WrittenCount;
        Copy(8);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(_file.WrittenSpan[start..]);
        if (length > _limits.PngBytes - _file.WrittenCount)
            throw _content.Error($"a chunk claims {length} bytes; the file is damaged, or larger than the {_limits.PngBytes} " +
                "bytes that can be read. Save it again");
        Copy((int)length + 4);
        ReadOnlySpan<byte> chunk = _file.WrittenSpan[start..];
        if (Crc32Stream.Of(chunk[4..^4]) != BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]))
            throw _content.Error("the checksum does not match; the file is damaged. Copy or save it again");
        name = System.Text.Encoding.Latin1.GetString(chunk[4..8]);
        return chunk[8..^4];
    }

    /// <summary>Copies bytes of the content to memory, as they arrive.</summary>
    private void Copy(int count)
    {
        const int PieceBytes = 4096;
        for (int n; count > 0; count -= n)
        {
            n = Math.Min(count, PieceBytes);
            _content.Fill(_file.GetSpan(n)[..n], "the image");
            _file.Advance(n);
        }
    }

    private (ImageShape Shape, int BitsPerPixel) ParseHeader(ReadOnlySpan<byte> data, string name)
    {
        if (name != "IHDR" || data.Length != 13)
            throw _content.Error("the image header is missing; the file is damaged. Save it again");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (width == 0 || height == 0 || width > _limits.PngPixels || (long)width * height > _limits.PngPixels)
            throw _content.Error($"the image has {height} x {width} pixels; 1 to {_limits.PngPixels} can be read. Scale it down");
        int depth = data[8], colors = data[9];
        int channels = colors switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        bool allowed = colors is 0 or 3 ? depth is 1 or 2 or 4 or 8 || colors == 0 && depth == 16 : depth is 8 or 16;
        if (channels == 0 || !allowed || data[10] != 0 || data[11] != 0 || data[12] > 1)
            throw _content.Error("the image header makes no sense; the file is damaged. Save it again");
        if (depth == 16)
            throw _content.Error("the image has 16 bits a channel, of which 8 would be lost. Save it with 8, or the set as NPY");
        return (new ImageShape((int)height, (int)width), channels * depth);
    }

    /// <summary>Unpacks the pixels for their number alone: not fewer than the image has, nor many more.</summary>
    private void CheckSize(ImageShape shape, int bits)
    {
        long least = ((long)shape.Height * shape.Width * bits + 7) / 8;
        // Each row begins with a filter and ends with a whole byte; interlaced, there are up to twice as many rows and a few.
        long most = least + 4L * shape.Height + 64;
        using var zlib = new ZLibStream(new MemoryStream(_packed.WrittenSpan.ToArray()), CompressionMode.Decompress);
        Span<byte> pixels = stackalloc byte[4096];
        long count = 0L;
        try
        {
            for (int got; count <= most && (got = zlib.Read(pixels)) > 0;)
                count += got;
        }
        catch (InvalidDataException e)
        {
            throw _content.Error("the compressed pixels are damaged. Copy or save the file again", e);
        }
        if (count < least || count > most)
            throw _content.Error($"the pixels unpack to {(count > most ? "more" : "fewer")} bytes than {shape} pixels have; " +
                "the file is damaged. Copy or save it again");
    }

    private byte[] Decode(ImageShape shape)
    {
        ImageResult image;
        try
        {
            image = ImageResult.FromMemory(_file.WrittenSpan.ToArray());
        }
        catch (InvalidOperationException e)
        {
            throw _content.Error($"the pixels cannot be decoded ({ForeignText.Shorten(e.Message, ForeignText.LongestReason)}); the file is damaged. Copy or save it again", e);
        }
        if ((image.Height, image.Width) != (shape.Height, shape.Width))
            throw _content.Error($"the pixels decode to {image.Height} x {image.Width}, not {shape}; the file is damaged. " +
                "Save it again");

        int channels = (int)image.Comp;
        bool isTransparent = channels is 2 or 4;
        byte[] grey = new byte[image.Height * image.Width];
        for (int i = 0; i < grey.Length; i++)
        {
            Span<byte> pixel = image.Data.AsSpan(i * channels, channels);
            if (isTransparent && pixel[^1] != byte.MaxValue)
                throw NotGrey("is transparent", i);
            if (channels >= 3 && (pixel[0] != pixel[1] || pixel[0] != pixel[2]))
                throw NotGrey("has a colour", i);
            grey[i] = pixel[0];
        }
        return grey;

        DataFormatException NotGrey(string what, int i) => new($"{_content.Name}: the pixel in row {i / image.Width + 1}, " +
            $"column {i % image.Width + 1} {what}; grey images are expected. Convert it to greyscale, without transparency.");
    }
}
