using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// Which convolutions go by minimal filtering. The rule knows the layer alone, so that the same network gives the same bits wherever vectors have
/// the same width.
/// <para>
/// Behind upsampling all do from 14 × 14 on: three taps for five, and errors near those of the direct way. Where sizes stay, two things count. Results
/// are computed four channels at a time, so that fewer than three are slower than the direct way (half its speed for one, 0.9 of it for two,
/// 1.4 for three). And errors must be at most twice those of the direct way and four units in the last place of the largest result. Those
/// of sums over one input channel were up to 1.2 times that, because the direct way has so little to add up; those over four channels 0.7
/// times on images of 14 × 14 and 1.04 times on images of 17 × 19, so that larger images need five; and gradients of weights, which are sums
/// over images, 0.8 times. Below 14 × 14 either may be too large.
/// </para>
/// </summary>
internal static class ConvolutionRule
{
    private const int LeastResults = 3, LeastSummed = 5, LeastSummedOfSmall = 4, LeastSide = 14, MostPixelsOfSmall = 256;

    /// <summary>Whether a layer's forward pass does.</summary>
    public static bool IsFilteredForward(ConvLayer layer) => Side(layer) >= LeastSide
        && (layer.Upsample || (layer.OutputChannels >= LeastResults && Sums(layer, layer.InputChannels)));

    /// <summary>Whether its backward pass does.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="passesBack">Whether there is a gradient of the images.</param>
    public static bool IsFilteredBackward(ConvLayer layer, bool passesBack) => Side(layer) >= LeastSide
        && (layer.Upsample
            || (passesBack
                ? layer.InputChannels >= LeastResults && Sums(layer, layer.OutputChannels)
                : layer.OutputChannels >= LeastResults));

    private static bool Sums(ConvLayer layer, int channels) =>
        channels >= (layer.Size.Pixels <= MostPixelsOfSmall ? LeastSummedOfSmall : LeastSummed);

    private static int Side(ConvLayer layer) => Math.Min(layer.Size.Height, layer.Size.Width);
}
