using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

/// <summary>What a session is compared with: the twin in float64, and naive runs in float32 that tell how far rounding leads.</summary>
/// <param name="Exact">In float64.</param>
/// <param name="Naive">In float32, in several orders of sums.</param>
internal sealed record TwinPair(TwinRun<double> Exact, TwinRun<float>[] Naive)
{
    /// <summary>Trains both.</summary>
    public static TwinPair Of(Problem problem, int replica, EpochRange epochs) => new(
        TwinRun<double>.Train(problem, replica, epochs),
        [.. Enumerable.Range(0, NaiveOrders(problem)).Select(order => TwinRun<float>.Train(problem, replica, epochs, order))]);

    /// <summary>Compares the tensors of a layout.</summary>
    public void Check(
        TensorLayout layout, float[] actual, Func<TwinInterpreter<double>, double[]> exact,
        Func<TwinInterpreter<float>, float[]> naive, string what)
    {
        foreach (TensorSlot slot in layout.Slots)
        {
            Range range = slot.Offset..(slot.Offset + slot.Length);
            Tolerance.Check(
                actual.AsSpan(range), exact(Exact.Twin).AsSpan(range), [.. Naive.Select(run => naive(run.Twin)[range])],
                what + slot.Name);
        }
    }

    // Flows and convolutional networks are deep, and cancel most of what they sum, as do losses of a whole batch and pulls of one size: their naive errors
    // scatter more, those of few samples most, and those of a subspace, which takes steps ten times as long. So does a bias that the
    // normalisation behind it takes back: its gradient is what rounding leaves of zero.
    private static int NaiveOrders(Problem problem) =>
        problem.Plan.Step.Any(operation => operation is DenseForward { Layer.Bias: not null })
            && problem.Plan.Step.Any(operation => operation is DenseForward { Layer.Norm: not null }) ? 40
        : !problem.Plan.Step.Any(operation => operation
            is ConvForward or NegativeLogLikelihood or ResidualForward or DiscriminativeLoss or SubspaceLoss or AbsoluteLoss) ? 4
        : problem.Samples <= 33 || problem.Plan.Step.Any(operation => operation is SubspaceLoss) ? 40 : 12;
}
