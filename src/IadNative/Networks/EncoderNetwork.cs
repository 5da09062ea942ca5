using IadNative.Data;

namespace IadNative.Networks;

/// <summary>An encoder, with convolutions for images, and the decoder that mirrors it.</summary>
internal static class EncoderNetwork
{
    /// <summary>The passes of an encoder on <paramref name="features"/> inputs, whose output is the code.</summary>
    /// <exception cref="ArgumentException">
    /// No feature, more parameters than one block can hold, or convolutions that do not fit the features.
    /// </exception>
    public static NetworkPasses Encoder(NetworkSpec network, int features) => Build(network, features, withDecoder: false);

    /// <summary>The passes of an encoder and its decoder, whose output is the reconstruction of the input.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Encoder"/>.</exception>
    public static NetworkPasses WithDecoder(NetworkSpec network, int features) => Build(network, features, withDecoder: true);

    // The code and the reconstruction are plain, without a sigmoid; all other layers have batch norm and a leaky ReLU.
    private static NetworkPasses Build(NetworkSpec network, int features, bool withDecoder)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        network.RequireLayers();
        var chain = new LayerChain(network, features);
        int[] channels = [1, .. network.Convolutions], widths = [.. network.Widths];
        int convolutions = channels.Length - 1;
        ImageShape size = convolutions == 0 ? default : network.ImageOf(features);
        for (int i = 0; i < convolutions; i++, size = size.Half)
            chain.AddConvolution("encoder", i, channels[i], channels[i + 1], size, upsample: false, pool: true, plain: false);

        int flattened = chain.Width;
        for (int i = 0; i < widths.Length; i++)
            chain.AddDense("encoder", convolutions + i, widths[i], plain: i == widths.Length - 1);
        if (!withDecoder) return chain.ToPasses();

        int[] mirrored = [.. widths.Reverse().Skip(1), flattened];
        for (int i = 0; i < mirrored.Length; i++)
            chain.AddDense("decoder", i, mirrored[i], plain: convolutions == 0 && i == mirrored.Length - 1);
        for (int i = 0; i < convolutions; i++)
        {
            size = size.Twice;
            chain.AddConvolution(
                "decoder", mirrored.Length + i, channels[^(i + 1)], channels[^(i + 2)], size, upsample: true, pool: false,
                plain: i == convolutions - 1);
        }

        return chain.ToPasses();
    }
}
