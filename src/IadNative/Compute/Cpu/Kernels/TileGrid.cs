using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Images cut into columns of tiles, and how they lie when they have been transformed: some columns at a time, which stay in the cache
/// until all has been made of them.
/// </summary>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <typeparam name="TFilter">The filter.</typeparam>
internal readonly record struct TileGrid<TFilter>(int Height, int Width)
    where TFilter : struct, IRowFilter<TFilter>
{
    /// <summary>Pixels of a tile, which is one row high.</summary>
    public const int Tile = 4;

    /// <summary>Channels that are computed together on the side of the results; their number is rounded up to a multiple.</summary>
    public const int Together = 4;

    // Sums over fewer rows are hardly more than what is done with them afterwards.
    private const int LeastRows = 14;

    /// <summary>Columns of tiles; the last may reach past the images.</summary>
    public int Columns => (Width + Tile - 1) / Tile;

    /// <summary>Columns that are transformed at a time, at most.</summary>
    public int ColumnsTogether => Math.Min(Columns, (LeastRows + Height - 1) / Height);

    /// <summary>Rows of a column with its border of zeros; an odd number of rows is made even.</summary>
    public int BorderedRows => Height + (Height % 2) + TFilter.Taps - 1;

    /// <summary>Vectors of columns in their border: points × columns × channels × bordered rows.</summary>
    public long BorderedVectors(int channels) => (long)TFilter.Points * ColumnsTogether * channels * BorderedRows;

    /// <summary>Vectors of columns without a border: points × groups of four channels × columns × rows × 4.</summary>
    public long PlainVectors(int channels) => (long)TFilter.Points * RoundUp(channels) * ColumnsTogether * Height;

    /// <summary>Numbers of transformed weights: groups of four outputs × points × inputs × tap rows × 4.</summary>
    public static long Weights(int outputs, int inputs) => (long)RoundUp(outputs) * TFilter.Points * inputs * TFilter.Taps;

    /// <summary>The same forward.</summary>
    public static long Weights(ConvLayer layer) => Weights(checked(layer.OutputChannels * TFilter.Phases), layer.InputChannels);

    /// <summary>The images of a layer on the way in, of which z has as many for each phase.</summary>
    public static TileGrid<TFilter> Of(ConvLayer layer) => new(layer.InputSize.Height, layer.InputSize.Width);

    /// <summary>Columns that are transformed together from one on.</summary>
    public int CountFrom(int column) => Math.Min(ColumnsTogether, Columns - column);

    /// <summary>Channels in groups of four.</summary>
    public static int RoundUp(int channels) => (channels + Together - 1) / Together * Together;
}
