using System.Globalization;
using System.Text;

namespace IadNative.Cli;

/// <summary>Lines of text in UTF-8, in a buffer that is used again and again.</summary>
internal sealed class Utf8Lines
{
    // No number takes more characters.
    private const int LongestNumber = 64;

    private byte[] _bytes = new byte[1 << 16];
    private int _length;

    /// <summary>What was appended since the last <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Begins anew.</summary>
    public void Clear() => _length = 0;

    /// <summary>Appends characters of UTF-8.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Free(text.Length));
        _length += text.Length;
    }

    /// <summary>Appends a text.</summary>
    public void Append(string text) => _length += Encoding.UTF8.GetBytes(text, Free(Encoding.UTF8.GetMaxByteCount(text.Length)));

    /// <summary>Appends a number in the shortest form that is read as the same number.</summary>
    public void Append<T>(T number)
        where T : struct, IUtf8SpanFormattable
    {
        // No number is too long, so that this never fails. The default is the shortest form too, and twice as fast as R for whole numbers.
        number.TryFormat(Free(LongestNumber), out int length, default, CultureInfo.InvariantCulture);
        _length += length;
    }

    private Span<byte> Free(int bytes)
    {
        if (_bytes.Length - _length < bytes) Array.Resize(ref _bytes, Math.Max(checked(_length + bytes), (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
        return _bytes.AsSpan(_length);
    }
}
