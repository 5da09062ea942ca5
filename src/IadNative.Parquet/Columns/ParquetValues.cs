using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using IadNative.Parquet.Encodings;
using IadNative.Parquet.Metadata;

namespace IadNative.Parquet.Columns;

/// <summary>The meaning of the plain values of one column.</summary>
/// <param name="element">What the schema says of it.</param>
internal sealed class ParquetValues(SchemaElement element)
{
    private const long JulianDayOf1970 = 2_440_588;
    private const double SecondsOfDay = 86_400, NanosOfSecond = 1e9;

    private readonly int _width = PlainValues.WidthOf(element);

    /// <summary>What the column holds.</summary>
    public static ColumnContent ContentOf(SchemaElement element) => (element.Physical, element.Logical) switch
    {
        (_, LogicalType.Other) => ColumnContent.Other,
        (PhysicalType.Boolean, _) => ColumnContent.Boolean,
        (PhysicalType.FixedBytes, _) when element.Length is < 1 or > 1 << 20 => ColumnContent.Other,
        (PhysicalType.FixedBytes, LogicalType.Half) => element.Length == 2 ? ColumnContent.Number : ColumnContent.Other,
        (PhysicalType.FixedBytes or PhysicalType.ByteArray, LogicalType.Decimal) => ColumnContent.Number,
        (PhysicalType.FixedBytes or PhysicalType.ByteArray, _) => ColumnContent.Text,
        ( >= PhysicalType.Int32 and <= PhysicalType.Double, _) => ColumnContent.Number,
        _ => ColumnContent.Other,
    };

    /// <summary>Values as numbers.</summary>
    /// <param name="plain">Plain values from the next on.</param>
    /// <param name="numbers">Where they go.</param>
    /// <returns>Bytes that they took.</returns>
    /// <exception cref="InvalidDataException">There are not as many.</exception>
    public int ReadNumbers(ReadOnlySpan<byte> plain, Span<double> numbers)
    {
        if (_width == 0) return ReadSizedNumbers(plain, numbers);
        if ((long)numbers.Length * _width > plain.Length) throw TooFew();
        plain = plain[..(numbers.Length * _width)];
        switch (element.Physical)
        {
            case PhysicalType.Double:
                MemoryMarshal.Cast<byte, double>(plain).CopyTo(numbers);
                break;
            case PhysicalType.Float:
                ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(plain);
                for (int i = 0; i < numbers.Length; i++) numbers[i] = floats[i];
                break;
            case PhysicalType.Boolean:
                for (int i = 0; i < numbers.Length; i++) numbers[i] = plain[i];
                break;
            case PhysicalType.Int32 or PhysicalType.Int64:
                bool isShort = element.Physical == PhysicalType.Int32;
                for (int i = 0; i < numbers.Length; i++) numbers[i] = NumberOf(IntegerOf(plain[(i * _width)..], isShort));
                break;
            default:
                for (int i = 0; i < numbers.Length; i++) numbers[i] = NumberOf(plain.Slice(i * _width, _width));
                break;
        }

        return plain.Length;
    }

    /// <summary>A value as text.</summary>
    /// <param name="plain">Plain values from it on.</param>
    /// <param name="text">The text.</param>
    /// <returns>Bytes that it took.</returns>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public int ReadText(ReadOnlySpan<byte> plain, out string text)
    {
        if (_width == 0)
        {
            ReadOnlySpan<byte> bytes = Sized(plain);
            text = element.Logical == LogicalType.Decimal ? TextOf(bytes) : Encoding.UTF8.GetString(bytes);
            return 4 + bytes.Length;
        }

        if (plain.Length < _width) throw TooFew();
        plain = plain[.._width];
        text = element.Physical switch
        {
            PhysicalType.Boolean => StoredValue.TextOf(plain[0] != 0),
            PhysicalType.Int32 => TextOf(IntegerOf(plain, isShort: true)),
            PhysicalType.Int64 => TextOf(IntegerOf(plain, isShort: false)),
            PhysicalType.Float => BinaryPrimitives.ReadSingleLittleEndian(plain).ToString("R", CultureInfo.InvariantCulture),
            PhysicalType.Double => StoredValue.TextOf(BinaryPrimitives.ReadDoubleLittleEndian(plain)),
            PhysicalType.Int96 => TextOfInt96(plain),
            _ => TextOf(plain),
        };
        return _width;
    }

    private int ReadSizedNumbers(ReadOnlySpan<byte> plain, Span<double> numbers)
    {
        int used = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            ReadOnlySpan<byte> bytes = Sized(plain[used..]);
            numbers[i] = NumberOf(bytes);
            used += 4 + bytes.Length;
        }

        return used;
    }

    private static ReadOnlySpan<byte> Sized(ReadOnlySpan<byte> plain)
    {
        if (plain.Length < 4) throw TooFew();
        int length = BinaryPrimitives.ReadInt32LittleEndian(plain);
        return length >= 0 && length <= plain.Length - 4 ? plain.Slice(4, length) : throw TooFew();
    }

    private static long IntegerOf(ReadOnlySpan<byte> plain, bool isShort) =>
        isShort ? BinaryPrimitives.ReadInt32LittleEndian(plain) : BinaryPrimitives.ReadInt64LittleEndian(plain);

    private double NumberOf(long value) => element.Logical switch
    {
        LogicalType.Unsigned => element.Physical == PhysicalType.Int32 ? (uint)value : (ulong)value,
        LogicalType.Decimal => StoredValue.OfDecimal(value, element.Scale),
        LogicalType.Time or LogicalType.Timestamp => (double)value / element.UnitsPerSecond,
        LogicalType.Nothing => double.NaN,
        _ => value,
    };

    private double NumberOf(ReadOnlySpan<byte> bytes) => element switch
    {
        { Logical: LogicalType.Decimal } => bytes.Length is > 0 and <= 64
            ? StoredValue.OfDecimal(StoredValue.BigEndian(bytes), element.Scale)
            : throw new InvalidDataException("A decimal has no digits, or too many."),
        { Physical: PhysicalType.Int96 } => (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) - JulianDayOf1970) * SecondsOfDay +
            BinaryPrimitives.ReadInt64LittleEndian(bytes) / NanosOfSecond,
        _ => StoredValue.Half(bytes),
    };

    private string TextOf(long value) => element.Logical switch
    {
        LogicalType.Unsigned => element.Physical == PhysicalType.Int32
            ? ((uint)value).ToString(CultureInfo.InvariantCulture) : ((ulong)value).ToString(CultureInfo.InvariantCulture),
        LogicalType.Decimal => StoredValue.TextOfDecimal(value, element.Scale),
        LogicalType.Date => StoredValue.TextOfDay(value),
        LogicalType.Timestamp => StoredValue.TextOfTime(value, element.UnitsPerSecond),
        LogicalType.Time => StoredValue.TextOf((double)value / element.UnitsPerSecond),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private string TextOf(ReadOnlySpan<byte> bytes) => element.Logical switch
    {
        LogicalType.Decimal => StoredValue.TextOfDecimal(bytes.Length is > 0 and <= 64 ? StoredValue.BigEndian(bytes)
            : throw new InvalidDataException("A decimal has no digits, or too many."), element.Scale),
        LogicalType.Half => StoredValue.TextOf(StoredValue.Half(bytes)),
        _ => Convert.ToHexString(bytes).ToLowerInvariant(),
    };

    private static string TextOfInt96(ReadOnlySpan<byte> bytes)
    {
        long days = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) - JulianDayOf1970;
        BigInteger nanos = days * (BigInteger)(SecondsOfDay * NanosOfSecond) + BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return nanos >= long.MinValue && nanos <= long.MaxValue
            ? StoredValue.TextOfTime((long)nanos, (long)NanosOfSecond) : nanos.ToString(CultureInfo.InvariantCulture);
    }

    private static InvalidDataException TooFew() => new("A page holds fewer values than cells.");
}
