using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>
/// Which convolutions go by minimal filtering. The rule knows the layer alone, so that the same network gives the same bits wherever vectors have
/// the same width.
/// <para>
/// Upsampled images always do: three taps for five, and errors below those of the direct way. Where sizes stay, two things count. Results
/// are computed four channels at a time, so that fewer than three are slower than the direct way (0.5 of its speed for one, 0.9 for two, 1.4
/// for three). And errors must be at most twice those of the direct way and four units in the last place of the largest result. Those of sums
/// over one input channel are 1.2 times that at worst, because the direct way has so little to add up; from four channels on they are
/// 0.9 times it and less, on images of eight pixels and more. Gradients of weights are sums over images and need fourteen pixels.
/// </para>
/// </summary>
internal static class ConvolutionRule
{
    private const int LeastResults = 3, LeastSummed = 4, LeastSide = 8, LeastSideOfGradient = 14;

    /// <summary>Whether a layer's forward pass does.</summary>
    public static bool IsFilteredForward(ConvLayer layer) => layer.Upsample
        || (layer.OutputChannels >= LeastResults && layer.InputChannels >= LeastSummed && Side(layer) >= LeastSide);

    /// <summary>Whether its backward pass does.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="passesBack">Whether there is a gradient of the images.</param>
    public static bool IsFilteredBackward(ConvLayer layer, bool passesBack) => layer.Upsample
        || (Side(layer) >= LeastSideOfGradient
            && (passesBack
                ? layer.InputChannels >= LeastResults && layer.OutputChannels >= LeastSummed
                : layer.OutputChannels >= LeastResults));

    private static int Side(ConvLayer layer) => Math.Min(layer.Size.Height, layer.Size.Width);
}
