using IadNative.Cuda;
using IadNative.Cuda.Operations;

namespace IadNative.Tests.Cuda;

/// <summary>Tiles of convolutions fit what a block has, and the images.</summary>
public sealed class ConvTileTests
{
    [TestCase(28, 0.87)]
    [TestCase(14, 0.87)]
    [TestCase(7, 0.86)]
    [TestCase(32, 1)]
    [TestCase(16, 1)]
    [TestCase(8, 1)]
    public void Few_threads_compute_what_nobody_wants(int side, double least)
    {
        ConvTile tile = ConvTile.OfConvolution(side, side, outputs: 8);
        LaunchShape shape = ConvKernels.Convolve.Shape(
            new()
            {
                Height = side, Width = side, OutChannels = 8, Samples = tile.Samples, TileQuads = tile.Quads, TileRows = tile.Rows,
                TileSamples = tile.Samples,
            },
            1, 1);
        Assert.That((double)side * side * tile.Samples / (shape.GridX * shape.Block * ConvTile.Quad), Is.InRange(least, 1));
    }

    [TestCase(28, 1)]
    [TestCase(14, 0.87)]
    [TestCase(7, 0.87)]
    [TestCase(32, 1)]
    [TestCase(16, 1)]
    [TestCase(8, 1)]
    public void Few_quads_of_a_gradient_lie_outside(int side, double least)
    {
        ConvTile tile = ConvTile.OfGradient(side, side, samples: 4);
        int tiles = LaunchShape.Blocks(side, tile.Rows) * LaunchShape.Blocks(side, tile.Quads * ConvTile.Quad);
        Assert.That(
            (double)side * side * tile.Samples / (tiles * tile.Quads * tile.Rows * tile.Samples * ConvTile.Quad), Is.InRange(least, 1));
    }

    [Test]
    public void All_sizes_fit_what_a_block_has([Values(1, 8)] int outputs)
    {
        int rows = ConvKernels.RowsOfThread(outputs);
        Assert.Multiple(() =>
        {
            for (int height = 1; height <= 70; height++)
            {
                for (int width = 1; width <= 70; width++)
                {
                    ConvTile tile = ConvTile.OfConvolution(height, width, outputs);
                    Assert.That(tile.Rows % rows, Is.Zero);
                    Assert.That(tile.Quads * tile.Rows / rows * tile.Samples, Is.InRange(1, 256), $"{height} x {width}");
                    Assert.That((tile.Quads + 1) * 4 * (tile.Rows + 4) * tile.Samples, Is.AtMost(2560), $"{height} x {width}");
                    tile = ConvTile.OfGradient(height, width, samples: 4);
                    Assert.That(tile.Quads * tile.Rows * tile.Samples, Is.InRange(1, 128), $"{height} x {width}");
                    Assert.That(tile.Samples, Is.InRange(1, 4));
                    Assert.That(tile.GradientHaloWidth, Is.AtLeast((tile.Quads + 1) * 4));
                    Assert.That(tile.GradientHaloWidth % 8, Is.EqualTo(4));
                    Assert.That(tile.GradientHaloLines, Is.AtLeast((tile.Rows + 4) * tile.Samples));
                    Assert.That(tile.GradientHaloLines % 8, Is.EqualTo(5));
                    Assert.That(tile.GradientHaloWidth * tile.GradientHaloLines, Is.AtMost(912), $"{height} x {width}");
                }
            }
        });
    }

    [TestCase(1, "convolve_1")]
    [TestCase(2, "convolve_4")]
    [TestCase(4, "convolve_4")]
    [TestCase(5, "convolve")]
    [TestCase(8, "convolve")]
    [TestCase(12, "convolve_4")]
    [TestCase(16, "convolve")]
    public void The_kernel_computes_least_that_nobody_wants(int outputs, string kernel) =>
        Assert.That(ConvKernels.ConvolveTo(outputs).Name, Is.EqualTo(kernel));

    [TestCase(8, 1, "conv_weight_gradient", false)]
    [TestCase(1, 8, "conv_weight_gradient", true)]
    [TestCase(4, 8, "conv_weight_gradient", true)]
    [TestCase(4, 4, "conv_weight_gradient_4", false)]
    [TestCase(4, 3, "conv_weight_gradient_4", false)]
    [TestCase(1, 1, "conv_weight_gradient_4", false)]
    [TestCase(32, 16, "conv_weight_gradient", false)]
    public void What_fills_the_channels_of_a_gradient_lies_still(int outputs, int inputs, string kernel, bool isTurned)
    {
        (KernelDefinition<ConvWeightGradientArguments> chosen, bool turned) = ConvKernels.GradientOf(outputs, inputs);
        Assert.That((chosen.Name, turned), Is.EqualTo((kernel, isTurned)));
    }
}
