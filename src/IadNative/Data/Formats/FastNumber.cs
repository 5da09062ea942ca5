using csFastFloat;

namespace IadNative.Data.Formats;

/// <summary>
/// Numbers as tables hold most of them: a sign, digits with at most one decimal mark, an exponent, and spaces around. The result is
/// the float64 number nearest to the decimal one, to the bit.
/// </summary>
internal static class FastNumber
{
    // What float64 holds exactly: a whole number below 2^53 times or over a power of ten up to 10^22 is rounded once.
    private const ulong MostExact = 1UL << 53;
    private const int MostDigits = 18;

    private static readonly double[] s_powers =
    [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>Reads a number.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="mark">The decimal mark, a point or a comma.</param>
    /// <param name="value">The number; infinite where it is beyond float64.</param>
    /// <returns>False where the text is no such number; it may be one in another spelling.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, byte mark, out double value)
    {
        value = 0;
        if (text.IsEmpty) return false;
        if (text[0] <= ' ' || text[^1] <= ' ')
        {
            text = text.Trim((byte)' ');
            if (text.IsEmpty) return false;
        }

        int i = text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        ulong digits = 0;
        int start = i, decimals = 0;
        for (; i < text.Length && (uint)(text[i] - '0') is var digit and <= 9; i++) digits = (digits * 10) + digit;
        int count = i - start;
        if (i < text.Length && text[i] == mark)
        {
            start = ++i;
            for (; i < text.Length && (uint)(text[i] - '0') is var digit and <= 9; i++) digits = (digits * 10) + digit;
            decimals = i - start;
            count += decimals;
        }

        if (count == 0) return false;
        if (i == text.Length && count <= MostDigits && digits <= MostExact && decimals < s_powers.Length)
        {
            value = digits / s_powers[decimals];
            if (text[0] == '-') value = -value;
            return true;
        }

        return (i == text.Length || IsExponent(text[i..])) && TryParseLong(text, mark, out value);
    }

    private static bool IsExponent(ReadOnlySpan<byte> text)
    {
        if (text[0] is not ((byte)'e' or (byte)'E')) return false;
        text = text.Length > 1 && text[1] is (byte)'-' or (byte)'+' ? text[2..] : text[1..];
        return text.Length is > 0 and <= 6 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static bool TryParseLong(ReadOnlySpan<byte> text, byte mark, out double value)
    {
        const int Longest = 64;
        value = 0;
        if (text.Length > Longest) return false;
        if (text[0] == '+') text = text[1..];
        return FastDoubleParser.TryParseDouble(text, out value, decimal_separator: mark);
    }
}
