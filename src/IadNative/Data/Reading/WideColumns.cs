using System.Runtime.InteropServices;

namespace IadNative.Data.Reading;

/// <summary>Which columns of a table are kept in float64, as its blocks tell one after the other.</summary>
internal sealed class WideColumns(int columns)
{
    private const double CoarsestStep = 1.0 / 4096;

    private readonly bool[] _areCoarse = new bool[columns];
    private readonly List<double>?[] _undecided = new List<double>?[columns];
    private double[] _column = [];

    /// <summary>Judges a column of a block, and whether its float64 numbers are to be kept until all blocks are there.</summary>
    public bool MayLose(RowBlock block, int column)
    {
        if (_column.Length < block.Rows) _column = new double[block.Capacity];
        int count = 0;
        bool isRounded = false;
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (int row = 0, at = column; row < block.Rows; row++, at += columns)
        {
            double value = block.Values[at];
            if (double.IsNaN(value)) continue;
            isRounded |= (float)value != value;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
            _column[count++] = value;
        }

        if (!isRounded) return false;
        if (Float32Resolution.IsTooCoarse(_column.AsSpan(0, count)))
        {
            _areCoarse[column] = true;
            return true;
        }

        float magnitude = (float)Math.Max(Math.Abs(least), Math.Abs(most));
        double step = MathF.BitIncrement(magnitude) - (double)magnitude;
        if (step <= (most - least) * CoarsestStep) return false;

        // Nearly one number within this block: whether float32 tells it from those of other blocks is seen at the end.
        (_undecided[column] ??= []).Add(_column[0]);
        return true;
    }

    /// <summary>Whether a column is kept in float64; to be asked when all blocks were judged.</summary>
    public bool IsWide(int column) => _areCoarse[column] ||
        (_undecided[column] is { } numbers && Float32Resolution.IsTooCoarse(CollectionsMarshal.AsSpan(numbers)));
}
