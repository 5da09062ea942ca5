using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Compute.Cpu;

/// <summary>
/// What the mask of a weight leaves of its products: for each so many rows, from the first to the last column that one of them
/// may see.
/// </summary>
internal static class MaskRanges
{
    /// <summary>The rows that <see cref="Matrix"/> takes together.</summary>
    public const int TileRows = 4;

    /// <summary>Of W, outputs × inputs: per four outputs, the inputs. Empty without a mask.</summary>
    public static InnerRange[] OfOutputs(TensorSlot weight) => OfOutputs(weight, weight.Rows);

    /// <summary>The same of the outputs before <paramref name="end"/>.</summary>
    public static InnerRange[] OfOutputs(TensorSlot weight, int end) =>
        weight.Mask is { } mask ? Ranges(end, weight.Columns, TileRows, mask.Allows) : [];

    /// <summary>Of Wᵀ: per four inputs, the outputs. Empty without a mask.</summary>
    public static InnerRange[] OfInputs(TensorSlot weight) => OfInputs(weight, 0, weight.Rows);

    /// <summary>
    /// Of Wᵀ: per four inputs, those of the outputs from <paramref name="first"/> to before <paramref name="end"/>, counted from
    /// the first. Empty without a mask.
    /// </summary>
    public static InnerRange[] OfInputs(TensorSlot weight, int first, int end) => weight.Mask is { } mask
        ? Ranges(weight.Columns, end - first, TileRows, (input, output) => mask.Allows(first + output, input))
        : [];

    /// <summary>
    /// Of W, outputs × inputs: per so many outputs, from the first to the last input that one of them sees; all inputs without a
    /// mask.
    /// </summary>
    public static InnerRange[] OfRows(TensorSlot weight, int tileRows) =>
        Ranges(weight.Rows, weight.Columns, tileRows, weight.Mask is { } mask ? mask.Allows : (_, _) => true);

    private static InnerRange[] Ranges(int rows, int columns, int tileRows, Func<int, int, bool> allows)
    {
        var ranges = new InnerRange[(rows + tileRows - 1) / tileRows];
        for (int tile = 0; tile < ranges.Length; tile++)
        {
            int first = 0, end = columns;
            while (first < end && !Sees(tile, first)) first++;
            while (end > first && !Sees(tile, end - 1)) end--;
            ranges[tile] = new InnerRange(first, end);
        }

        return ranges;

        bool Sees(int tile, int column)
        {
            for (int row = tile * tileRows; row < Math.Min(rows, (tile + 1) * tileRows); row++)
            {
                if (allows(row, column)) return true;
            }

            return false;
        }
    }
}
