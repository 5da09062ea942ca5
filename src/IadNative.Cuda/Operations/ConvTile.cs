namespace IadNative.Cuda.Operations;

/// <summary>
/// The pixels that a block of kernels/conv.cu has in shared memory at a time: so many quads of four pixels in a row, so many rows, so
/// many samples. Large images are cut into equal tiles, of small ones several samples share a tile, so that few threads are idle.
/// </summary>
/// <param name="Quads">Quads in a row.</param>
/// <param name="Rows">Rows of a sample.</param>
/// <param name="Samples">Samples; where an image has more than one tile, 1.</param>
internal readonly record struct ConvTile(int Quads, int Rows, int Samples)
{
    /// <summary>Pixels that a thread has in a row.</summary>
    public const int Quad = 4;

    // As in kernels/conv.cu, but for the quads of a row, which keep borders small.
    private const int MostThreads = 256, MostHalo = 2560, MostGradientQuads = 128, MostGradientHalo = 912, MostQuadsOfRow = 8;

    /// <summary>Numbers of a line with its border in a weight's gradient: an odd number of quads.</summary>
    public int GradientHaloWidth => ((Quads + 1) | 1) * Quad;

    /// <summary>Lines of a channel with its border in a weight's gradient: 5 more than a multiple of 8.</summary>
    public int GradientHaloLines => (((HaloRows * Samples) + 2) / 8 * 8) + 5;

    private int HaloRows => Rows + (2 * Compute.Operations.ConvLayer.Border);

    /// <summary>A tile of a convolution.</summary>
    /// <param name="height">Rows of the images.</param>
    /// <param name="width">Their columns.</param>
    /// <param name="outputs">Channels that the convolution writes.</param>
    public static ConvTile OfConvolution(int height, int width, int outputs)
    {
        int rowsOfThread = ConvKernels.RowsOfThread(outputs);
        return Largest(height, width, rowsOfThread, int.MaxValue, tile =>
            tile.Quads * (tile.Rows / rowsOfThread) * tile.Samples <= MostThreads
            && (tile.Quads + 1) * Quad * tile.HaloRows * tile.Samples <= MostHalo);
    }

    /// <summary>A tile of a weight's gradient.</summary>
    /// <param name="height">Rows of the images.</param>
    /// <param name="width">Their columns.</param>
    /// <param name="samples">Samples of a chunk.</param>
    public static ConvTile OfGradient(int height, int width, int samples) => Largest(height, width, 1, samples, tile =>
        tile.Quads * tile.Rows * tile.Samples <= MostGradientQuads
        && tile.GradientHaloWidth * tile.GradientHaloLines <= MostGradientHalo);

    private static ConvTile Largest(int height, int width, int rowsOfThread, int mostSamples, Func<ConvTile, bool> fits)
    {
        int quads = LaunchShape.Blocks(width, Quad);
        quads = LaunchShape.Blocks(quads, LaunchShape.Blocks(quads, MostQuadsOfRow));
        for (int parts = 1; ; parts++)
        {
            int rows = LaunchShape.Blocks(LaunchShape.Blocks(height, parts), rowsOfThread) * rowsOfThread;
            var tile = new ConvTile(quads, rows, 1);
            if (!fits(tile)) continue;
            if (parts > 1) return tile;
            int samples = 1;
            while (samples < mostSamples && fits(tile with { Samples = samples + 1 })) samples++;
            return tile with { Samples = samples };
        }
    }
}
