using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Bench.Versus;

/// <summary>
/// How much of a plan's work is products of matrices: two operations for each weight, place, sample and product, masked-out weights
/// not counted. What is left (norms, losses, Adam) is small beside it in wide networks, not in narrow ones.
/// </summary>
internal static class Arithmetic
{
    /// <summary>Operations per sample of a pass.</summary>
    public static double PerSample(IEnumerable<PlanOperation> operations) =>
        operations.SelectMany(operation => OperationRegistry.Find<Lanes1>(operation)?.Products ?? []).Sum(Operations);

    private static double Operations(WeightProduct product)
    {
        TensorSlot weight = product.Weight;
        double entries = weight.Mask is null
            ? weight.Length
            : Enumerable.Range(0, weight.Length).Count(i => weight.Mask.Allows(i / weight.Columns, i % weight.Columns));
        return 2 * product.Count * entries;
    }
}
