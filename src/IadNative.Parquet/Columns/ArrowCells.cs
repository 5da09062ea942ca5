using System.Globalization;
using System.Numerics;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace IadNative.Parquet.Columns;

/// <summary>The cells of one column of Arrow batches.</summary>
/// <param name="type">Its type.</param>
/// <param name="damaged">The error of an array that is not what it says.</param>
internal sealed class ArrowCells(IArrowType type, Func<Exception, DataFormatException> damaged) : ColumnCells
{
    private const double MillisOfDay = 86_400_000;

    // Of the texts of a dictionary, or of a column's in a block of rows.
    private const long MostCharacters = 256L << 20;

    private readonly bool _isCategory = type is DictionaryType;
    private IArrowArray _array = null!;
    private double[]? _levelNumbers;
    private string?[]? _levelTexts;
    private IArrowArray? _levels;
    private int[] _codes = [];
    private int _next;

    /// <summary>What a column of a type holds.</summary>
    public static ColumnContent ContentOf(IArrowType type) => type switch
    {
        DictionaryType dictionary => dictionary.ValueType is DictionaryType ? ColumnContent.Other : ContentOf(dictionary.ValueType),
        BooleanType => ColumnContent.Boolean,
        StringType or LargeStringType or StringViewType => ColumnContent.Text,
        NumberType or Decimal32Type or Decimal64Type or Decimal128Type or Decimal256Type or Date32Type or Date64Type or Time32Type or
            Time64Type or TimestampType or DurationType or NullType => ColumnContent.Number,
        _ => ColumnContent.Other,
    };

    /// <summary>Goes on with the column's array of the next batch.</summary>
    public void Start(IArrowArray array) => (_array, _next) = (array, 0);

    /// <inheritdoc/>
    public override void ReadNumbers(Span<double> destination)
    {
        try
        {
            if (_isCategory)
            {
                double[] levels = LevelNumbers();
                ReadOnlySpan<int> codes = Codes(destination.Length);
                for (int i = 0; i < codes.Length; i++) destination[i] = codes[i] < 0 ? double.NaN : levels[codes[i]];
            }
            else
            {
                NumbersOf(_array, _next, destination);
            }
        }
        catch (Exception e) when (e is not DataFormatException)
        {
            throw damaged(e);
        }

        _next += destination.Length;
    }

    /// <inheritdoc/>
    public override void ReadTexts(Span<string?> destination)
    {
        try
        {
            if (_isCategory)
            {
                string?[] levels = LevelTexts();
                ReadOnlySpan<int> codes = Codes(destination.Length);
                for (int i = 0; i < codes.Length; i++) destination[i] = codes[i] < 0 ? null : levels[codes[i]];
            }
            else
            {
                Texts(_array, _next, destination);
            }
        }
        catch (Exception e) when (e is not DataFormatException)
        {
            throw damaged(e);
        }

        _next += destination.Length;
    }

    // A dictionary stays the same from batch to batch, or grows, or is replaced.
    private double[] LevelNumbers()
    {
        TakeLevels();
        if (_levelNumbers is null)
        {
            _levelNumbers = new double[_levels!.Length];
            NumbersOf(_levels, 0, _levelNumbers);
        }

        return _levelNumbers;
    }

    private string?[] LevelTexts()
    {
        TakeLevels();
        if (_levelTexts is not null) return _levelTexts;
        _levelTexts = new string?[_levels!.Length];
        Texts(_levels, 0, _levelTexts);
        return _levelTexts;
    }

    // Texts may lie one over the other, so that few bytes are many long ones.
    private static void Texts(IArrowArray array, int first, Span<string?> texts)
    {
        long left = MostCharacters;
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = TextOf(array, first + i);
            if ((left -= texts[i]?.Length ?? 0) < 0) throw new InvalidDataException("Texts are too long, or lie one over the other.");
        }
    }

    private void TakeLevels()
    {
        IArrowArray levels = ((DictionaryArray)_array).Dictionary;
        if (_levels is not null && ReferenceEquals(_levels.Data, levels.Data)) return;
        (_levels, _levelNumbers, _levelTexts) = (levels, null, null);
    }

    private ReadOnlySpan<int> Codes(int count)
    {
        if (_codes.Length < count) _codes = new int[count];
        IArrowArray indices = ((DictionaryArray)_array).Indices;
        Span<int> codes = _codes.AsSpan(0, count);
        switch (indices)
        {
            case Int8Array a: Copy(a, codes); break;
            case UInt8Array a: Copy(a, codes); break;
            case Int16Array a: Copy(a, codes); break;
            case UInt16Array a: Copy(a, codes); break;
            case Int32Array a: Copy(a, codes); break;
            case UInt32Array a: Copy(a, codes); break;
            case Int64Array a: Copy(a, codes); break;
            case UInt64Array a: Copy(a, codes); break;
            default: throw new InvalidDataException("A dictionary is numbered by no integers.");
        }

        return codes;
    }

    private void Copy<T>(PrimitiveArray<T> array, Span<int> codes)
        where T : struct, INumber<T>
    {
        ReadOnlySpan<T> values = array.Values.Slice(_next, codes.Length);
        for (int i = 0; i < codes.Length; i++) codes[i] = array.IsValid(_next + i) ? int.CreateChecked(values[i]) : -1;
    }

    private static void NumbersOf(IArrowArray array, int first, Span<double> numbers)
    {
        switch (array)
        {
            case BooleanArray a:
                for (int i = 0; i < numbers.Length; i++) numbers[i] = a.GetValue(first + i) is { } value ? value ? 1 : 0 : double.NaN;
                break;
            case Int8Array a: Copy(a, first, numbers); break;
            case UInt8Array a: Copy(a, first, numbers); break;
            case Int16Array a: Copy(a, first, numbers); break;
            case UInt16Array a: Copy(a, first, numbers); break;
            case Int32Array a: Copy(a, first, numbers); break;
            case UInt32Array a: Copy(a, first, numbers); break;
            case Int64Array a: Copy(a, first, numbers); break;
            case UInt64Array a: Copy(a, first, numbers); break;
            case HalfFloatArray a: Copy(a, first, numbers); break;
            case FloatArray a: Copy(a, first, numbers); break;
            case DoubleArray a: Copy(a, first, numbers); break;
            case Date32Array a: Copy(a, first, numbers); break;
            case Date64Array a: Copy(a, first, numbers, MillisOfDay); break;
            case TimestampArray a: Copy(a, first, numbers, PerSecond(((TimestampType)a.Data.DataType).Unit)); break;
            case Time32Array a: Copy(a, first, numbers, PerSecond(((Time32Type)a.Data.DataType).Unit)); break;
            case Time64Array a: Copy(a, first, numbers, PerSecond(((Time64Type)a.Data.DataType).Unit)); break;
            case DurationArray a: Copy(a, first, numbers, PerSecond(((DurationType)a.Data.DataType).Unit)); break;
            case NullArray: numbers.Fill(double.NaN); break;
            case Decimal32Array or Decimal64Array or Decimal128Array or Decimal256Array:
                var decimals = (FixedSizeBinaryArray)array;
                int scale = ScaleOf(array.Data.DataType);
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = decimals.IsValid(first + i) ? StoredValue.OfDecimal(Unscaled(decimals, first + i), scale) : double.NaN;
                break;
            default:
                throw new InvalidDataException("An array is not of its column's type.");
        }
    }

    private static void Copy<T>(PrimitiveArray<T> array, int first, Span<double> numbers)
        where T : struct, INumber<T>
    {
        ReadOnlySpan<T> values = array.Values.Slice(first, numbers.Length);
        bool isWhole = array.NullCount == 0;
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = isWhole || array.IsValid(first + i) ? double.CreateChecked(values[i]) : double.NaN;
    }

    private static void Copy<T>(PrimitiveArray<T> array, int first, Span<double> numbers, double divisor)
        where T : struct, INumber<T>
    {
        Copy(array, first, numbers);
        if (divisor == 1) return;
        foreach (ref double number in numbers) number /= divisor;
    }

    private static string? TextOf(IArrowArray array, int i)
    {
        if (array is NullArray || array.IsNull(i)) return null;
        return array switch
        {
            // Not by GetString, which believes the lengths that a file gives.
            StringArray a => Encoding.UTF8.GetString(a.GetBytes(i)),
            LargeStringArray a => Encoding.UTF8.GetString(a.GetBytes(i)),
            StringViewArray a => Encoding.UTF8.GetString(a.GetBytes(i)),
            BooleanArray a => StoredValue.TextOf(a.GetValue(i)!.Value),
            Int64Array a => a.Values[i].ToString(CultureInfo.InvariantCulture),
            UInt64Array a => a.Values[i].ToString(CultureInfo.InvariantCulture),
            FloatArray a => a.Values[i].ToString("R", CultureInfo.InvariantCulture),
            Date32Array a => StoredValue.TextOfDay(a.Values[i]),
            Date64Array a => StoredValue.TextOfTime(a.Values[i], 1_000),
            TimestampArray a => StoredValue.TextOfTime(a.Values[i], PerSecond(((TimestampType)a.Data.DataType).Unit)),
            Decimal32Array or Decimal64Array or Decimal128Array or Decimal256Array =>
                StoredValue.TextOfDecimal(Unscaled((FixedSizeBinaryArray)array, i), ScaleOf(array.Data.DataType)),
            _ => Number(array, i),
        };

        static string? Number(IArrowArray array, int i)
        {
            double number = 0;
            NumbersOf(array, i, new Span<double>(ref number));
            return double.IsNaN(number) ? null : StoredValue.TextOf(number);
        }
    }

    private static BigInteger Unscaled(FixedSizeBinaryArray array, int i) => new(array.GetBytes(i));

    private static int ScaleOf(IArrowType type) => type switch
    {
        Decimal32Type t => t.Scale,
        Decimal64Type t => t.Scale,
        Decimal128Type t => t.Scale,
        Decimal256Type t => t.Scale,
        _ => throw new InvalidDataException("A decimal has no scale."),
    };

    private static int PerSecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1_000_000,
        _ => 1_000_000_000,
    };
}
