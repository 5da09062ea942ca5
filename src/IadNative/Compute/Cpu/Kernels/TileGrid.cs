using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Images cut into columns of tiles, and how a column lies when it has been transformed. Passes make all they need of one column before they go on
/// to the next, so that it stays in the cache.
/// </summary>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <typeparam name="TFilter">The filter.</typeparam>
internal readonly record struct TileGrid<TFilter>(int Height, int Width)
    where TFilter : struct, IRowFilter<TFilter>
{
    /// <summary>Pixels of a tile, which is one row high.</summary>
    public const int Tile = 4;

    /// <summary>
    /// Channels that are computed together on the side of the results, in variables and vectors of so many; their number is rounded up to a multiple.
    /// </summary>
    public const int Together = 4;

    /// <summary>Columns of tiles; the last may reach past the images.</summary>
    public int Columns => (Width + Tile - 1) / Tile;

    /// <summary>Rows of a column with its border of zeros; an odd number of rows is made even.</summary>
    public int BorderedRows => Height + (Height % 2) + TFilter.Taps - 1;

    /// <summary>Vectors of a column in its border: points × channels × bordered rows.</summary>
    public long BorderedVectors(int channels) => (long)TFilter.Points * channels * BorderedRows;

    /// <summary>Vectors of a column without a border: points × groups of four channels × rows × 4.</summary>
    public long PlainVectors(int channels) => (long)TFilter.Points * RoundUp(channels) * Height;

    /// <summary>Numbers of transformed weights: groups of four outputs × points × inputs × tap rows × 4.</summary>
    public static long Weights(int outputs, int inputs) => (long)RoundUp(outputs) * TFilter.Points * inputs * TFilter.Taps;

    /// <summary>The same forward.</summary>
    public static long Weights(ConvLayer layer) => Weights(checked(layer.OutputChannels * TFilter.Phases), layer.InputChannels);

    /// <summary>The images of a layer on the way in; each phase of z has images of this size.</summary>
    public static TileGrid<TFilter> Of(ConvLayer layer) => new(layer.InputSize.Height, layer.InputSize.Width);

    /// <summary>Channels in groups of four.</summary>
    public static int RoundUp(int channels) => (channels + Together - 1) / Together * Together;
}
