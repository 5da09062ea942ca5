using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Convolutions with fewer products than <see cref="Convolution"/>, on blocks of as many samples as a vector has lanes: along rows by
/// minimal filtering (<see cref="IRowFilter{TSelf}"/>), and as they are over tap rows. A tile of an image is transformed once for all tap rows
/// and output channels, an output once for all tap rows and input channels; between the two lie, point by point, products of weights with
/// transformed images, where the time goes. All is computed for one column of tiles at a time.
/// </summary>
internal static unsafe partial class Winograd
{
    /// <summary>
    /// transformed[p][i][border + y] = (Bᵀ·d)[p], where d are the pixels of row y of channel i that the tile of a column and the taps beside it
    /// read, zeros outside the image. Bordering rows are left as they are.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="grid">Their size.</param>
    /// <param name="column">Which column of tiles.</param>
    /// <param name="transformed">Receives points × channels × bordered rows vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformBordered<T, TFilter>(
        in ImagePlanes images, int channels, TileGrid<TFilter> grid, int column, float* transformed)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        int border = TFilter.Taps / 2, width = grid.Width, x = (column * TileGrid<TFilter>.Tile) - border;
        nint channel = (nint)grid.BorderedRows * T.Count, point = channels * channel, pixel = images.Pixel;
        for (int i = 0; i < channels; i++)
        {
            float* row = images.Channel(i), target = transformed + (i * channel) + (border * T.Count);
            for (int y = 0; y < grid.Height; y++)
            {
                TFilter.Bordered(
                    Pixel<T>(row, x, width, pixel), Pixel<T>(row, x + 1, width, pixel), Pixel<T>(row, x + 2, width, pixel),
                    Pixel<T>(row, x + 3, width, pixel), Pixel<T>(row, x + 4, width, pixel), Pixel<T>(row, x + 5, width, pixel),
                    TFilter.Points > 6 ? Pixel<T>(row, x + 6, width, pixel) : T.Zero,
                    TFilter.Points > 7 ? Pixel<T>(row, x + 7, width, pixel) : T.Zero, target, point);
                row += images.Row;
                target += T.Count;
            }
        }
    }

    /// <summary>
    /// transformed[p][q / 4][y][q % 4] = (A·d)[p], where d are the pixels of row y of channel q in the tile of a column, zeros outside the image. Channels
    /// past the last are left as they are.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="first">The channel q of the first of them.</param>
    /// <param name="count">How many channels they are.</param>
    /// <param name="channels">How many channels there are in all.</param>
    /// <param name="grid">The size of the images.</param>
    /// <param name="column">Which column of tiles.</param>
    /// <param name="transformed">Receives points × channels / 4 × rows × 4 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformPlain<T, TFilter>(
        in ImagePlanes images, int first, int count, int channels, TileGrid<TFilter> grid, int column, float* transformed)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        const int together = TileGrid<TFilter>.Together;
        nint group = (nint)grid.Height * together * T.Count, point = TileGrid<TFilter>.RoundUp(channels) / together * group;
        nint pixel = images.Pixel;
        int width = grid.Width, x = column * TileGrid<TFilter>.Tile;
        for (int q = first; q < first + count; q++)
        {
            float* row = images.Channel(q - first), target = transformed + (q / together * group) + (q % together * T.Count);
            for (int y = 0; y < grid.Height; y++)
            {
                TFilter.Plain(
                    Pixel<T>(row, x, width, pixel), Pixel<T>(row, x + 1, width, pixel), Pixel<T>(row, x + 2, width, pixel),
                    Pixel<T>(row, x + 3, width, pixel), target, point);
                row += images.Row;
                target += together * T.Count;
            }
        }
    }

    // A pixel of a row; zero outside of it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Pixel<T>(float* row, int x, int width, nint pixel)
        where T : struct, ILanes<T> => (uint)x < (uint)width ? T.Load(row + (x * pixel)) : T.Zero;
}
