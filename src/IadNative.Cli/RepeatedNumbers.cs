using System.Globalization;

namespace IadNative.Cli;

/// <summary>
/// The shortest texts of numbers of which a few hundred come again and again, as p-values do: a table has as many as training scores it kept.
/// To find one takes a twentieth of the time of making it.
/// </summary>
internal sealed class RepeatedNumbers
{
    private const int Places = 1 << 12;

    // No shortest text of a float64 number is longer.
    private const int LongestText = 24;

    private readonly long[] _bits = new long[Places];
    private readonly byte[] _lengths = new byte[Places];
    private readonly byte[] _texts = new byte[Places * LongestText];

    /// <summary>The text of a number, in UTF-8; valid until the next call.</summary>
    public ReadOnlySpan<byte> TextOf(double number)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int place = (int)(((ulong)bits * 0x9E3779B97F4A7C15) >> 52);
        Span<byte> text = _texts.AsSpan(place * LongestText, LongestText);
        if (_bits[place] != bits || _lengths[place] == 0)
        {
            number.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture);
            (_bits[place], _lengths[place]) = (bits, (byte)length);
        }

        return text[.._lengths[place]];
    }
}
