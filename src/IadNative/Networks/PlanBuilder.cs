using IadNative.Compute;
using IadNative.Data;

namespace IadNative.Networks;

/// <summary>
/// Writes the plan of a network and a loss: the encoder and, for a reconstruction, its mirrored decoder; a flow for a
/// likelihood.
/// </summary>
public static class PlanBuilder
{
    /// <summary>The plan of a network on <paramref name="features"/> inputs.</summary>
    /// <exception cref="ArgumentException">
    /// No feature, more parameters than one block can hold, or convolutions that do not fit the features or the loss.
    /// </exception>
    public static Plan Build(NetworkSpec network, int features, LossKind loss)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        if (loss != LossKind.NegativeLogLikelihood) return BuildChain(network, features, loss);
        if (network.Convolutions.Count > 0)
            throw new ArgumentException("A flow has no convolutions; give it the widths of its hidden layers, such as 32-32.");
        return FlowPlan.Build(network, features);
    }

    // The code and the reconstruction are plain, without a sigmoid; all other layers have batch norm and a leaky ReLU.
    private static Plan BuildChain(NetworkSpec network, int features, LossKind loss)
    {
        var chain = new LayerChain(network, features);
        int[] channels = [1, .. network.Convolutions], widths = [.. network.Widths];
        int convolutions = channels.Length - 1;
        ImageShape size = convolutions == 0 ? default : network.ImageOf(features);
        for (int i = 0; i < convolutions; i++, size = size.Half)
            chain.AddConvolution("encoder", i, channels[i], channels[i + 1], size, upsample: false, pool: true, plain: false);

        int flattened = chain.Width;
        for (int i = 0; i < widths.Length; i++)
            chain.AddDense("encoder", convolutions + i, widths[i], plain: i == widths.Length - 1);
        if (loss != LossKind.Reconstruction) return chain.ToPlan(loss);

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

        return chain.ToPlan(loss);
    }
}
