using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers.Torch;

/// <summary>A way of training with TorchSharp.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Flat">
/// Whether parameters, gradients and moments are views of four flat tensors, so that Adam is a handful of operations whatever the
/// number of layers; otherwise TorchSharp's own Adam.
/// </param>
/// <param name="ChannelsLast">
/// Whether images and kernels lie with their channels last. TorchSharp has no memory formats, but permuted views of tensors that
/// lie so are taken for such by libtorch.
/// </param>
internal sealed record TorchVariant(string Name, bool Flat, bool ChannelsLast)
{
    /// <summary>The variants that make a difference to a problem.</summary>
    public static IReadOnlyList<TorchVariant> Of(Problem problem)
    {
        List<TorchVariant> variants =
        [
            new("TorchSharp, stock Adam", Flat: false, ChannelsLast: false),
            new("TorchSharp, flat Adam", Flat: true, ChannelsLast: false),
        ];
        if (problem.Layers.Any(layer => layer.Image is not null))
            variants.Add(new("TorchSharp, flat Adam, channels last", Flat: true, ChannelsLast: true));
        return variants;
    }
}
