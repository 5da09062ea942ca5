using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Compute.Cpu;

/// <summary>
/// What the mask of a weight leaves of its products: for each four rows, as <see cref="Matrix"/> tiles them, from the first to
/// the last column that one of them may see. Empty without a mask.
/// </summary>
internal sealed class MaskRanges
{
    private const int TileRows = 4;

    public MaskRanges(TensorSlot weight)
    {
        if (weight.Mask is not { } mask) return;
        Outputs = Ranges(weight.Rows, weight.Columns, TileRows, mask.Allows);
        Inputs = Ranges(weight.Columns, weight.Rows, TileRows, (input, output) => mask.Allows(output, input));
    }

    /// <summary>Of W, outputs × inputs: per four outputs, the inputs.</summary>
    public InnerRange[] Outputs { get; } = [];

    /// <summary>Of Wᵀ: per four inputs, the outputs.</summary>
    public InnerRange[] Inputs { get; } = [];

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
