using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Choice;

/// <summary>What operations of a plan compute for one sample, counted from their shapes.</summary>
/// <param name="DenseFlops">Floating-point operations of matrix products; a multiply-add is two.</param>
/// <param name="ConvolutionFlops">Those of convolutions.</param>
/// <param name="Elements">Numbers that are written.</param>
/// <param name="Operations">Operations, however many samples they serve.</param>
internal readonly record struct PlanWork(double DenseFlops, double ConvolutionFlops, double Elements, int Operations)
{
    /// <summary>The sum over operations.</summary>
    public static PlanWork Of(IEnumerable<PlanOperation> operations)
    {
        var all = default(PlanWork);
        foreach (PlanOperation operation in operations)
        {
            PlanWork one = Of(operation);
            all = new PlanWork(
                all.DenseFlops + one.DenseFlops, all.ConvolutionFlops + one.ConvolutionFlops, all.Elements + one.Elements,
                all.Operations + one.Operations);
        }

        return all;
    }

    private static PlanWork Of(PlanOperation operation) => operation switch
    {
        DenseForward dense => Product(dense.Layer, 1),
        DenseBackward dense => Product(dense.Layer, dense.InputGradient is null ? 1 : 2),
        ConvForward conv => Convolution(conv.Layer, 1),
        ConvBackward conv => Convolution(conv.Layer, conv.InputGradient is null ? 1 : 2),
        SubspaceLoss loss => new PlanWork(6.0 * loss.Weight.Length, 0, loss.Codes.Width, 1),
        GaussianFit fit => new PlanWork(2.0 * fit.Factor.Length, 0, fit.Mean.Length, 1),
        _ => new PlanWork(0, 0, operation.Writes.Sum(activation => activation.Width), 1),
    };

    private static PlanWork Product(DenseLayer layer, int products) =>
        new(2.0 * layer.Inputs * layer.Outputs * products, 0, layer.Outputs + ((products - 1) * layer.Inputs), 1);

    private static PlanWork Convolution(ConvLayer layer, int convolutions)
    {
        double pixels = layer.Size.Pixels;
        return new PlanWork(
            0, 2.0 * ConvLayer.Taps * layer.InputChannels * layer.OutputChannels * pixels * convolutions,
            (layer.OutputChannels + ((convolutions - 1) * layer.InputChannels)) * pixels, 1);
    }
}
