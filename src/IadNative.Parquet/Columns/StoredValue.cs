using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace IadNative.Parquet.Columns;

/// <summary>Numbers and texts that both formats make of what they store.</summary>
internal static class StoredValue
{
    // Those that are exact.
    private static readonly double[] s_powers =
        [.. Enumerable.Range(0, 23).Select(i => double.Parse($"1e{i}", CultureInfo.InvariantCulture))];

    /// <summary>The number of an integer over a power of ten, rounded once.</summary>
    public static double OfDecimal(long unscaled, int scale) =>
        // Both are exact, so that the quotient is rounded once.
        Math.Abs(unscaled) <= 1L << 53 && scale is >= 0 and < 23 ? unscaled / s_powers[scale] : OfDecimal((BigInteger)unscaled, scale);

    /// <summary>The number of an integer over a power of ten, rounded once.</summary>
    public static double OfDecimal(BigInteger unscaled, int scale) =>
        double.Parse(string.Create(CultureInfo.InvariantCulture, $"{unscaled}e{-scale}"), CultureInfo.InvariantCulture);

    /// <summary>An integer over a power of ten as text, with all its digits.</summary>
    public static string TextOfDecimal(BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        if (scale is > 0 and < 1000)
        {
            digits = digits.PadLeft(scale + 1, '0');
            digits = $"{digits[..^scale]}.{digits[^scale..]}";
        }

        return unscaled.Sign < 0 ? "-" + digits : digits;
    }

    /// <summary>A number as text that gives the number again.</summary>
    public static string TextOf(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Seconds since 1970 as a date and a time where there are such, without a zone.</summary>
    /// <param name="units">Units since 1970.</param>
    /// <param name="perSecond">Units in a second, up to 10^9.</param>
    public static string TextOfTime(long units, long perSecond)
    {
        Int128 ticks = (Int128)units * TimeSpan.TicksPerSecond / perSecond + DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime((long)ticks).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)
            : TextOf((double)units / perSecond);
    }

    /// <summary>A day as a date where there is one.</summary>
    /// <param name="days">Days since 1970.</param>
    public static string TextOfDay(long days) =>
        days is >= -719_162 and <= 2_932_896
            ? DateTime.UnixEpoch.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : days.ToString(CultureInfo.InvariantCulture);

    /// <summary>A truth value as text.</summary>
    public static string TextOf(bool value) => value ? "true" : "false";

    /// <summary>The signed integer that bytes are, the highest first.</summary>
    public static BigInteger BigEndian(ReadOnlySpan<byte> bytes) => new(bytes, isBigEndian: true);

    /// <summary>The float16 of two bytes, the lower first.</summary>
    public static double Half(ReadOnlySpan<byte> bytes) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}
