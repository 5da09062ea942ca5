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
        Outputs = Ranges(weight.Rows, weight.Columns, mask.Allows);
        Inputs = Ranges(weight.Columns, weight.Rows, (input, output) => mask.Allows(output, input));
    }

    /// <summary>Of W, outputs × inputs: per four outputs, the inputs.</summary>
    public InnerRange[] Outputs { get; } = [];

    /// <summary>Of Wᵀ: per four inputs, the outputs.</summary>
    public InnerRange[] Inputs { get; } = [];

    private static InnerRange[] Ranges(int rows, int columns, Func<int, int, bool> allows)
    {
        var ranges = new InnerRange[(rows + TileRows - 1) / TileRows];
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
            for (int row = tile * TileRows; row < Math.Min(rows, (tile + 1) * TileRows); row++)
            {
                if (allows(row, column)) return true;
            }

            return false;
        }
    }
}
