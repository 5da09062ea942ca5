using System.Buffers.Binary;
using System.Text;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

/// <summary>Writes small PNG files, sound ones and others.</summary>
internal static class PngFile
{
    /// <summary>A grey image of 8 bits, its rows filtered in all five ways by turns.</summary>
    public static byte[] Grey(int height, int width, Func<int, int, int> valueAt)
    {
        byte[] pixels = new byte[height * width];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)valueAt(i / width, i % width);
        return Write(height, width, 8, 0, pixels);
    }

    /// <summary>An image of packed rows, filtered in all five ways by turns.</summary>
    /// <param name="height">Pixels from top to bottom.</param>
    /// <param name="width">Pixels from left to right.</param>
    /// <param name="depth">Bits a channel.</param>
    /// <param name="colors">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
    /// <param name="rows">Bytes of the rows before filtering.</param>
    /// <param name="extra">Chunks between header and pixels.</param>
    public static byte[] Write(int height, int width, int depth, int colors, byte[] rows, params (string, byte[])[] extra)
    {
        int channels = colors switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return Assemble([Header(height, width, depth, colors), .. extra,
            ("IDAT", Files.Zlib(Filter(rows, rows.Length / height, Math.Max(1, channels * depth / 8)))), ("IEND", [])]);
    }

    public static (string, byte[]) Header(int height, int width, int depth = 8, int colors = 0, int interlace = 0)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[12]) = ((byte)depth, (byte)colors, (byte)interlace);
        return ("IHDR", data);
    }

    /// <summary>A file of chunks, each with its right length and checksum.</summary>
    public static byte[] Assemble(params (string Name, byte[] Data)[] chunks)
    {
        var file = new List<byte>([.. PngFormat.Magic]);
        byte[] number = new byte[4];
        foreach (var (name, data) in chunks)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            file.AddRange(number);
            byte[] body = [.. Encoding.Latin1.GetBytes(name), .. data];
            file.AddRange(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32Stream.Of(body));
            file.AddRange(number);
        }
        return [.. file];
    }

    /// <summary>The file with right checksums wherever its chunks' lengths lead.</summary>
    public static byte[] WithRightChecksums(byte[] file)
    {
        file = [.. file];
        for (int at = 8; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12)
                break;
            var body = file.AsSpan(at + 4, (int)length + 4);
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + (int)length), Crc32Stream.Of(body));
            at += (int)length + 12;
        }
        return file;
    }

    private static byte[] Filter(byte[] rows, int rowBytes, int pixelBytes)
    {
        var filtered = new List<byte>();
        for (int start = 0; start < rows.Length; start += rowBytes)
        {
            int kind = start / rowBytes % 5;
            filtered.Add((byte)kind);
            for (int i = 0; i < rowBytes; i++)
            {
                int left = At(start, i - pixelBytes), above = At(start - rowBytes, i);
                int expected = kind switch
                {
                    0 => 0,
                    1 => left,
                    2 => above,
                    3 => (left + above) / 2,
                    _ => Paeth(left, above, At(start - rowBytes, i - pixelBytes)),
                };
                filtered.Add((byte)(rows[start + i] - expected));
            }
        }
        return [.. filtered];

        int At(int row, int i) => row < 0 || i < 0 ? 0 : rows[row + i];
    }

    private static int Paeth(int left, int above, int corner)
    {
        int estimate = left + above - corner;
        int toLeft = Math.Abs(estimate - left), toAbove = Math.Abs(estimate - above), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }
}
