using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The squared distance of each sample's output to a point.</summary>
internal sealed unsafe class CpuSquaredDistance<T>(SquaredDistance operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new SquaredDistancePass<T>(
        site.Batch, operation.Output.Width, site[operation.Output], site.OrNull(operation.Target), operation.Center?.Offset ?? 0,
        site[operation.Scores]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new SquaredDistanceStep<T>(program, operation);

    public override ExplainingStep? InExplaining(ScoringProgram<T> program) => operation.Target is { } target
        ? new SquaredErrors(program.InRows(operation.Output), program.InRows(target))
        : null;
}

/// <summary>The squared distance backward.</summary>
internal sealed unsafe class CpuSquaredDistanceBackward<T>(SquaredDistanceBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new SquaredDistanceBackwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Output], site.OrNull(operation.Target), operation.Center?.Offset ?? 0,
        site[operation.ScoreGradient], site[operation.OutputGradient]);
}

/// <summary>The squared distance forward, by samples.</summary>
internal sealed unsafe class SquaredDistancePass<T>(
    TrainingBatch batch, int width, float* output, float* target, int center, float* scores) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, Batch.Padded, T.Count, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        int stride = Batch.Stride;
        if (target == null)
            Distance.FromCenter<T>(output + first, Batch.State + center, width, stride, end - first, scores + first);
        else
            Distance.FromTarget<T>(output + first, target + first, width, stride, end - first, scores + first);
    }
}

/// <summary>The squared distance backward, by features.</summary>
internal sealed unsafe class SquaredDistanceBackwardPass<T>(
    TrainingBatch batch, int width, float* output, float* target, int center, float* scoreGradient, float* outputGradient)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        nint at = (nint)first * Batch.Stride;
        Distance.Gradient<T>(
            output + at, target == null ? null : target + at, Batch.State + center + first, scoreGradient, end - first,
            Batch.Stride, Batch.Padded, outputGradient + at);
    }
}

/// <summary>The squared distance in scoring, with a shared point folded.</summary>
internal sealed unsafe class SquaredDistanceStep<T> : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly RowActivation _output;
    private readonly RowActivation? _target;
    private readonly TensorSlot? _center;
    private readonly int _place;
    private readonly float* _scores;

    public SquaredDistanceStep(ScoringProgram<T> program, SquaredDistance operation)
    {
        _output = program.InRows(operation.Output);
        _target = operation.Target is { } target ? program.InRows(target) : null;
        _center = operation.Center;
        _place = program.Reserve(_center?.Length ?? 0);
        _scores = program.MakeScores(operation.Scores);
    }

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        if (_center is { } center)
            numbers.State.Slice(center.Offset, center.Length).CopyTo(new Span<float>(network[_place], center.Length));
    }

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        float* point = _target is { } target ? target.Pointer : network[_place];
        Rows.SquaredDistance<T>(
            _output.Pointer, point, _target is null ? 0 : _output.Stride, _output.Width, _output.Stride, block.Samples, _scores);
    }
}

/// <summary>What each feature adds to a reconstruction error: (target − output)².</summary>
internal sealed unsafe class SquaredErrors(RowActivation output, RowActivation target) : ExplainingStep
{
    public override void Explain(FoldedNetwork network, int samples, Span<float> contributions)
    {
        int width = output.Width;
        for (int s = 0; s < samples; s++)
        {
            for (int j = 0; j < width; j++)
            {
                float difference = output.Pointer[(s * output.Stride) + j] - target.Pointer[(s * target.Stride) + j];
                contributions[(s * width) + j] = difference * difference;
            }
        }
    }
}
