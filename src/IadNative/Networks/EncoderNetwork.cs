using IadNative.Compute;
using IadNative.Data;

namespace IadNative.Networks;

/// <summary>An encoder, with convolutions for images, and the decoder that mirrors it.</summary>
internal static class EncoderNetwork
{
    private const string SphereName = "sphere", SigmoidName = "sigmoid";

    /// <summary>The passes of an encoder on <paramref name="features"/> inputs, whose output is the code.</summary>
    /// <exception cref="ArgumentException">
    /// No feature, more parameters than one block can hold, or convolutions that do not fit the features.
    /// </exception>
    public static NetworkPasses Encoder(NetworkSpec network, int features)
    {
        LayerChain chain = EncoderChain(network, features, out _, out _);
        return chain.ToPasses();
    }

    /// <summary>The passes of an encoder whose code is brought to the unit sphere.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Encoder"/>.</exception>
    public static NetworkPasses OnSphere(NetworkSpec network, int features)
    {
        LayerChain chain = EncoderChain(network, features, out _, out _);
        chain.AddRowNormalization(SphereName);
        return chain.ToPasses();
    }

    /// <summary>
    /// The passes of an encoder whose code has batch norm and a leaky ReLU like all its layers, and of a plain layer with a bias behind it
    /// that has one output.
    /// </summary>
    /// <exception cref="ArgumentException">As for <see cref="Encoder"/>.</exception>
    public static NetworkPasses WithOutput(NetworkSpec network, int features)
    {
        LayerChain chain = EncoderChain(network, features, out _, out _, isCodePlain: false);
        chain.AddOutput("output", 1);
        return chain.ToPasses();
    }

    /// <summary>The passes of an encoder and its decoder, whose output is the reconstruction of the input.</summary>
    /// <param name="network">The shape.</param>
    /// <param name="features">d.</param>
    /// <param name="isOnSphere">Whether codes are brought to the unit sphere on their way to the decoder.</param>
    /// <param name="hasSigmoid">Whether the reconstruction is brought between 0 and 1.</param>
    /// <exception cref="ArgumentException">As for <see cref="Encoder"/>.</exception>
    public static NetworkPasses WithDecoder(NetworkSpec network, int features, bool isOnSphere = false, bool hasSigmoid = false)
    {
        LayerChain chain = EncoderChain(network, features, out int flattened, out ImageShape size);
        if (isOnSphere) chain.AddRowNormalization(SphereName);
        AddDecoder(chain, network, flattened, size);
        if (hasSigmoid) chain.AddSigmoid(SigmoidName);
        return chain.ToPasses();
    }

    /// <summary>
    /// The same with a linear layer between the two that starts from standard normal weights, whose output is brought to the unit
    /// sphere.
    /// </summary>
    /// <param name="network">The shape.</param>
    /// <param name="features">d.</param>
    /// <param name="dimensions">m: what the layer makes of a code of width D; given D.</param>
    /// <exception cref="ArgumentException">As for <see cref="Encoder"/>.</exception>
    public static SubspacePasses WithSubspace(NetworkSpec network, int features, Func<int, int> dimensions)
    {
        LayerChain chain = EncoderChain(network, features, out int flattened, out ImageShape size);
        NetworkPasses encoder = chain.ToPasses();
        TensorSlot subspace = chain.AddProjection("subspace", dimensions(chain.Width));
        chain.AddRowNormalization(SphereName);
        AddDecoder(chain, network, flattened, size);
        return new SubspacePasses(chain.ToPasses(), encoder, subspace);
    }

    // The code, unless something else is said, and the reconstruction are plain; all other layers have batch norm and a leaky ReLU.
    private static LayerChain EncoderChain(
        NetworkSpec network, int features, out int flattened, out ImageShape size, bool isCodePlain = true)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        network.RequireLayers();
        var chain = new LayerChain(network, features);
        int[] channels = [1, .. network.Convolutions], widths = [.. network.Widths];
        int convolutions = channels.Length - 1;
        size = convolutions == 0 ? default : network.ImageOf(features);
        for (int i = 0; i < convolutions; i++, size = size.Half)
            chain.AddConvolution("encoder", i, channels[i], channels[i + 1], size, upsample: false, pool: true, plain: false);

        flattened = chain.Width;
        for (int i = 0; i < widths.Length; i++)
            chain.AddDense("encoder", convolutions + i, widths[i], plain: isCodePlain && i == widths.Length - 1);
        return chain;
    }

    private static void AddDecoder(LayerChain chain, NetworkSpec network, int flattened, ImageShape size)
    {
        int[] channels = [1, .. network.Convolutions], mirrored = [.. network.Widths.Reverse().Skip(1), flattened];
        int convolutions = channels.Length - 1;
        for (int i = 0; i < mirrored.Length; i++)
            chain.AddDense("decoder", i, mirrored[i], plain: convolutions == 0 && i == mirrored.Length - 1);
        for (int i = 0; i < convolutions; i++)
        {
            size = size.Twice;
            chain.AddConvolution(
                "decoder", mirrored.Length + i, channels[^(i + 1)], channels[^(i + 2)], size, upsample: true, pool: false,
                plain: i == convolutions - 1);
        }
    }
}

/// <summary>The passes of an autoencoder with a subspace between encoder and decoder.</summary>
/// <param name="All">Of all of it.</param>
/// <param name="Encoder">Of the encoder alone, whose parameters are the first; its output is the code.</param>
/// <param name="Subspace">The weight of the layer behind the encoder, whose parameters follow the encoder's.</param>
internal sealed record SubspacePasses(NetworkPasses All, NetworkPasses Encoder, TensorSlot Subspace);
