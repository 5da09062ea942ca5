using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Bench.Versus;

/// <summary>
/// How much of a plan's work is products of matrices: two operations for each weight, place, sample and product, masked-out weights
/// not counted. What is left (norms, losses, Adam) is small beside it in wide networks, not in narrow ones.
/// </summary>
internal static class Arithmetic
{
    /// <summary>Operations per sample of a pass.</summary>
    public static double PerSample(IEnumerable<PlanOperation> operations) => operations.Sum(operation => operation switch
    {
        DenseForward { Layer: var layer } => Products(layer.Weight, 1),
        DenseBackward { Layer: var layer, InputGradient: null } => Products(layer.Weight, 1),
        DenseBackward { Layer: var layer } => Products(layer.Weight, 2),
        ConvForward { Layer: var layer } => Products(layer.Weight, layer.Size.Pixels),
        ConvBackward { Layer: var layer, InputGradient: null } => Products(layer.Weight, layer.Size.Pixels),
        ConvBackward { Layer: var layer } => Products(layer.Weight, 2 * layer.Size.Pixels),
        _ => 0,
    });

    private static double Products(TensorSlot weight, int count)
    {
        double entries = weight.Mask is null
            ? weight.Length
            : Enumerable.Range(0, weight.Length).Count(i => weight.Mask.Allows(i / weight.Columns, i % weight.Columns));
        return 2 * count * entries;
    }
}
