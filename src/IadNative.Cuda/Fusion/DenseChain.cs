using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda.Fusion;

/// <summary>
/// A training step that is nothing but dense layers, one behind the other, a squared distance, its loss, and a step of Adam over all
/// parameters: what an epoch of can be one kernel.
/// </summary>
/// <param name="Layers">The layers; the last one is linear.</param>
/// <param name="Loss">
/// Which loss: <see cref="ScoreKind.Distance"/>, <see cref="ScoreKind.SoftBoundary"/> or <see cref="ScoreKind.Reconstruction"/>.
/// </param>
/// <param name="Center">What all outputs are measured from; null for a reconstruction.</param>
/// <param name="Radius">A soft boundary's radius, and what sets it after each step; null for none.</param>
internal sealed record DenseChain(IReadOnlyList<DenseLayer> Layers, ScoreKind Loss, TensorSlot? Center, RadiusUpdate? Radius)
{
    /// <summary>The chain that a plan's training step is; null where it is something else.</summary>
    public static DenseChain? In(Plan plan)
    {
        if (plan.Fit is not null || plan.EpochEnd.Count > 0 || plan.Step is not [GatherBatch gather, ..]) return null;
        DenseForward[] forward = [.. plan.Step.Skip(1).TakeWhile(operation => operation is DenseForward).Cast<DenseForward>()];
        int count = forward.Length;
        if (count == 0 || plan.Step.Count < (2 * count) + 5 || !IsChain(forward, gather.Output)) return null;
        DenseLayer last = forward[^1].Layer;
        if (last.Norm is not null || last.HasRelu
            || plan.Step[count + 1] is not SquaredDistance { IsRoot: false } score || score.Output != forward[^1].Output
            || plan.Step[count + 3] is not SquaredDistanceBackward { Root: null } scoreBackward
            || (scoreBackward.Output, scoreBackward.Target, scoreBackward.Center) != (score.Output, score.Target, score.Center)
            || (score.Target is not null && score.Target != gather.Output)
            || plan.Step[(2 * count) + 4] is not AdamStep { First: 0, Length: null, Factor: 1, Moments: 0 })
        {
            return null;
        }

        Activation gradient = scoreBackward.OutputGradient;
        for (int i = count - 1; i >= 0; i--)
        {
            if (plan.Step[(2 * count) + 3 - i] is not DenseBackward { Accumulate: false } backward
                || (backward.Layer, backward.Input, backward.Output) != (forward[i].Layer, forward[i].Input, forward[i].Output)
                || backward.OutputGradient != gradient || backward.InputGradient is null != (i == 0))
            {
                return null;
            }

            gradient = backward.InputGradient ?? gradient;
        }

        IReadOnlyList<PlanOperation> rest = [.. plan.Step.Skip((2 * count) + 5)];
        DenseLayer[] layers = [.. forward.Select(dense => dense.Layer)];
        switch (plan.Step[count + 2], rest)
        {
            case (ScoreLoss loss, []) when (loss.Scores, loss.ScoreGradient) == (score.Scores, scoreBackward.ScoreGradient):
                ScoreKind kind = score.Target is null ? ScoreKind.Distance : ScoreKind.Reconstruction;
                return new DenseChain(layers, kind, score.Center, null);
            case (SoftBoundaryLoss loss, [RadiusUpdate update])
                when score.Target is null && (loss.Scores, loss.ScoreGradient) == (score.Scores, scoreBackward.ScoreGradient)
                && (update.Scores, update.Radius, update.Nu) == (score.Scores, loss.Radius, loss.Nu):
                return new DenseChain(layers, ScoreKind.SoftBoundary, score.Center, update);
            default:
                return null;
        }
    }

    private static bool IsChain(DenseForward[] forward, Activation input)
    {
        foreach (DenseForward dense in forward)
        {
            if (dense.Input != input) return false;
            input = dense.Output;
        }

        return true;
    }
}
