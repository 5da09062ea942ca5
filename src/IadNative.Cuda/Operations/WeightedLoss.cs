using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>The combinations of score and loss that the kernels know, by the numbers that they have in kernels/loss.cu.</summary>
internal enum ScoreKind
{
    /// <summary>The squared distance to a center.</summary>
    Distance = 0,

    /// <summary>The same, with a soft boundary.</summary>
    SoftBoundary = 1,

    /// <summary>The squared distance to a target of each sample.</summary>
    Reconstruction = 2,

    /// <summary>The negative log-likelihood of a flow.</summary>
    Likelihood = 3,

    /// <summary>The output itself.</summary>
    Output = 4,

    /// <summary>The same, with the absolute loss.</summary>
    Absolute = 5,
}

/// <summary>As in kernels/loss.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LossArguments
{
    public ulong Output, Target, Center, Radius, LogDeterminants, Weights, Scores, Losses, Gradient, Cursor;
    public long Stride, TargetStride, ScoresStride;
    public int BatchStride, Width, Samples, Kind, IsRoot;
    public float Nu;
}

/// <summary>As in kernels/loss.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LossSumArguments
{
    public ulong Losses, EpochLoss;
    public int BatchStride, Samples;
}

/// <summary>
/// A score. In training it takes in the loss and the score's gradient that follow: the three are one kernel, which reads the
/// network's output once, so that the gradient of the loss by the score, which lies between, is written nowhere. Then the losses
/// of the batch are added up. Before a loss that looks at the whole batch it stands alone.
/// </summary>
internal abstract class CudaScore(ScoreTerms score) : CudaOperation
{
    /// <summary>Score, loss and gradient.</summary>
    public static readonly KernelDefinition<LossArguments> WeightedLoss = new(
        "loss.cu", "weighted_loss", (in a, replicas, _) => LaunchShape.Samples(a.Samples, replicas));

    /// <summary>The score alone.</summary>
    public static readonly KernelDefinition<LossArguments> ScoreOutput = new(
        "loss.cu", "score_output", (in a, replicas, _) => LaunchShape.Samples(a.Samples, replicas));

    /// <summary>Adds the losses of a batch to those of the epoch; a block per replica.</summary>
    public static readonly KernelDefinition<LossSumArguments> AddBatchLoss = new(
        "loss.cu", "add_batch_loss", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">What follows are not a loss of this score and the score's gradient.</exception>
    public sealed override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        if (following.TryPeek(out PlanOperation? next) && next is DiscriminativeLoss or MinimalVolumeLoss) return Alone(training);
        following.TryDequeue(out next);
        LossTerms loss = LossIn(next) ?? throw Refusal(next);
        following.TryDequeue(out next);
        Activation gradient = (next is null ? null : GradientOf(next, loss.ScoreGradient)) ?? throw Refusal(next);
        return Fuse(training, loss, training.Write(gradient));
    }

    /// <inheritdoc/>
    public sealed override Action<RowRange>? InScoring(CudaScoring scoring)
    {
        if (score.Scores != scoring.Plan.Scores) return null;
        Kernel<LossArguments> kernel = scoring.Kernel(ScoreOutput);
        CudaState state = scoring.State;
        RowBuffer output = scoring.Read(score.Output);
        RowBuffer? target = scoring.Read(score.Target), logDeterminant = scoring.Read(score.LogDeterminant);
        return rows => kernel.Launch(
            Arguments(scoring, output, target, logDeterminant, rows) with
            {
                Scores = state.Scores.Address,
                ScoresStride = state.Samples,
                Cursor = scoring.Cursor.Address,
            },
            state.Replicas);
    }

    /// <summary>
    /// What the score's gradient writes, given the gradient of the loss by the score; null where an operation is not this score's
    /// gradient.
    /// </summary>
    protected abstract Activation? GradientOf(PlanOperation operation, Activation scoreGradient);

    private Action<int> Alone(CudaTrainingStep training)
    {
        Kernel<LossArguments> kernel = training.Kernel(ScoreOutput);
        RowBuffer output = training.Read(score.Output), scores = training.Write(score.Scores);
        RowBuffer? target = training.Read(score.Target), logDeterminant = training.Read(score.LogDeterminant);
        return samples => kernel.Launch(
            Arguments(training, output, target, logDeterminant, new RowRange(samples, AreOwn: true)) with
            {
                Scores = scores.Address,
                ScoresStride = training.Rows,
            },
            training.State.Replicas);
    }

    // All but where scores go, and a loss.
    private LossArguments Arguments(CudaWalk walk, RowBuffer output, RowBuffer? target, RowBuffer? logDeterminant, RowRange rows) => new()
    {
        Output = output.Address,
        Target = target?.Address ?? 0,
        Center = walk.State.StateOf(score.Center),
        LogDeterminants = logDeterminant?.Address ?? 0,
        Stride = output.Stride,
        TargetStride = target?.StrideOf(rows) ?? 0,
        BatchStride = walk.Rows,
        Width = score.Output.Width,
        Samples = rows.Count,
        Kind = (int)score.Kind,
        IsRoot = score.IsRoot ? 1 : 0,
    };

    private Action<int> Fuse(CudaTrainingStep training, LossTerms loss, RowBuffer gradient)
    {
        Kernel<LossArguments> kernel = training.Kernel(WeightedLoss);
        Kernel<LossSumArguments> add = training.Kernel(AddBatchLoss);
        CudaState state = training.State;
        RowBuffer output = training.Read(score.Output), scores = training.Write(score.Scores), losses = training.Reserve(1);
        RowBuffer? target = training.Read(score.Target), logDeterminant = training.Read(score.LogDeterminant);
        return samples =>
        {
            kernel.Launch(
                Arguments(training, output, target, logDeterminant, new RowRange(samples, AreOwn: true)) with
                {
                    Radius = state.StateOf(loss.Radius),
                    Weights = training.Weights.Address,
                    Scores = scores.Address,
                    Losses = losses.Address,
                    Gradient = gradient.Address,
                    ScoresStride = training.Rows,
                    Kind = (int)loss.Kind,
                    Nu = (float)loss.Nu,
                },
                state.Replicas);
            add.Launch(
                new LossSumArguments
                {
                    Losses = losses.Address,
                    EpochLoss = state.EpochLoss.Address,
                    BatchStride = training.Rows,
                    Samples = samples,
                },
                state.Replicas);
        };
    }

    private LossTerms? LossIn(PlanOperation? operation) => operation switch
    {
        ScoreLoss loss when loss.Scores == score.Scores && score.Kind != ScoreKind.Output => new LossTerms(score.Kind, null, 0, loss.ScoreGradient),
        SoftBoundaryLoss loss when loss.Scores == score.Scores && score is { Kind: ScoreKind.Distance, IsRoot: false } =>
            new LossTerms(ScoreKind.SoftBoundary, loss.Radius, loss.Nu, loss.ScoreGradient),
        AbsoluteLoss loss when loss.Scores == score.Scores && score.Kind == ScoreKind.Output =>
            new LossTerms(ScoreKind.Absolute, null, 0, loss.ScoreGradient),
        _ => null,
    };

    private NotSupportedException Refusal(PlanOperation? next) => new(
        $"The CUDA engine cannot compute {next?.GetType().Name ?? "nothing"} here: in a training step behind the score "
        + $"{score.Scores.Name}, where its loss and then its gradient must follow.");

    private sealed record LossTerms(ScoreKind Kind, TensorSlot? Radius, double Nu, Activation ScoreGradient);
}

/// <summary>A score as the kernels take it.</summary>
/// <param name="Kind">Which it is, with a loss that is the score itself.</param>
/// <param name="Scores">Receives the scores.</param>
/// <param name="Output">The network's output.</param>
/// <param name="Target">What each sample's output is measured from; null for none.</param>
/// <param name="Center">What all outputs are measured from; null for none.</param>
/// <param name="LogDeterminant">That of a flow; null for none.</param>
/// <param name="IsRoot">Whether the score is the root of what the kind says.</param>
internal sealed record ScoreTerms(
    ScoreKind Kind, Activation Scores, Activation Output, Activation? Target, TensorSlot? Center, Activation? LogDeterminant, bool IsRoot);
