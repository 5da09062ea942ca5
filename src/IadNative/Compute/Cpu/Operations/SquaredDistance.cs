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
        site[operation.Scores], operation.IsRoot);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new SquaredDistanceStep<T>(program, operation);

    public override ExplainingStep? InExplaining(ScoringProgram<T> program) => operation.Target is not null || operation.KeepsFeatures
        ? new SquaredErrors<T>(program.Steps.OfType<SquaredDistanceStep<T>>().Single())
        : null;
}

/// <summary>The squared distance backward.</summary>
internal sealed unsafe class CpuSquaredDistanceBackward<T>(SquaredDistanceBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new SquaredDistanceBackwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Output], site.OrNull(operation.Target), operation.Center?.Offset ?? 0,
        site[operation.ScoreGradient], site[operation.OutputGradient], site.OrNull(operation.Root));
}

/// <summary>The squared distance forward, by samples.</summary>
internal sealed unsafe class SquaredDistancePass<T>(
    TrainingBatch batch, int width, float* output, float* target, int center, float* scores, bool isRoot)
    : TrainingPass(batch), ITeamWork
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
        for (int s = first; isRoot && s < end; s += T.Count) T.Store(T.Sqrt(T.Load(scores + s)), scores + s);
    }
}

/// <summary>The squared distance backward, by features.</summary>
internal sealed unsafe class SquaredDistanceBackwardPass<T>(
    TrainingBatch batch, int width, float* output, float* target, int center, float* scoreGradient, float* outputGradient,
    float* root) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    private readonly FloatBuffer _ofSquares = new(root == null ? 0 : batch.Stride);

    public override void Run()
    {
        if (root != null) PassThroughRoot();
        Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);
    }

    public void Part(int phase, int first, int end, int member)
    {
        nint at = (nint)first * Batch.Stride;
        Distance.Gradient<T>(
            output + at, target == null ? null : target + at, Batch.State + center + first,
            root == null ? scoreGradient : _ofSquares.Pointer, end - first, Batch.Stride, Batch.Padded, outputGradient + at);
    }

    // d loss / d f² = d loss / d f / 2f.
    private void PassThroughRoot()
    {
        for (int s = 0; s < Batch.Padded; s += T.Count)
        {
            T distance = T.Load(root + s);
            T.Store(T.WherePositive(distance, T.Load(scoreGradient + s) / (distance + distance), T.Zero), _ofSquares.Pointer + s);
        }
    }
}

/// <summary>The squared distance in scoring, with a shared point folded.</summary>
internal sealed unsafe class SquaredDistanceStep<T> : ScoringStep, ICarryingStep
    where T : struct, ILanes<T>
{
    private readonly RowActivation? _target;
    private readonly TensorSlot? _center;
    private readonly int _place;
    private readonly float* _scores;

    public SquaredDistanceStep(ScoringProgram<T> program, SquaredDistance operation)
    {
        Output = program.InRows(operation.Output);
        _target = operation.Target is { } target ? program.InRows(target) : null;
        _center = operation.Center;
        _place = program.Reserve(_center?.Length ?? 0);
        IsRoot = operation.IsRoot;
        _scores = program.MakeScores(operation.Scores);
    }

    /// <summary>The network's output.</summary>
    public RowActivation Output { get; }

    public bool Carries => _target is null;

    /// <summary>Whether the distance itself is the score.</summary>
    public bool IsRoot { get; }

    /// <summary>Floats from the point of one sample to that of the next: 0 for a shared one.</summary>
    public int PointStride => _target is null ? 0 : Output.Stride;

    /// <summary>The point of the first sample.</summary>
    public float* PointOf(FoldedNetwork network) => _target is { } target ? target.Pointer : network[_place];

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        if (_center is { } center)
            numbers.State.Slice(center.Offset, center.Length).CopyTo(new Span<float>(network[_place], center.Length));
    }

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        Rows.SquaredDistance<T>(
            Output.Pointer, PointOf(network), PointStride, Output.Width, Output.Stride, block.Samples, _scores);
        for (int s = 0; IsRoot && s < block.Samples; s++) _scores[s] = MathF.Sqrt(_scores[s]);
    }

    // (o − p)² − (o₀ − p)² = (o − o₀)·((o − p) + (o₀ − p)); a root takes its chord too, f − f₀ = (f² − f₀²)/(f + f₀).
    public void Carry(FoldedNetwork network, int samples)
    {
        float* point = PointOf(network), reference = Output.Pointer;
        for (int s = 1; s < samples; s++)
        {
            nint at = (nint)s * Output.Stride;
            float sum = _scores[s] + _scores[0], chord = !IsRoot ? 1 : sum > 0 ? 1 / sum : 0;
            for (int j = 0; j < Output.Width; j++)
                Output.Multipliers[at + j] = chord * ((Output.Pointer[at + j] - point[j]) + (reference[j] - point[j]));
        }
    }
}

/// <summary>
/// What each feature adds to a score where output j belongs to feature j: (output − point)², over the distance itself where that is
/// the score.
/// </summary>
internal sealed unsafe class SquaredErrors<T>(SquaredDistanceStep<T> distance) : ExplainingStep
    where T : struct, ILanes<T>
{
    public override void Explain(FoldedNetwork network, int samples, Span<float> contributions)
    {
        RowActivation output = distance.Output;
        float* point = distance.PointOf(network);
        int width = output.Width;
        for (int s = 0; s < samples; s++)
        {
            Span<float> own = contributions.Slice(s * width, width);
            double sum = 0;
            for (int j = 0; j < width; j++)
            {
                float difference = output.Pointer[(s * output.Stride) + j] - point[(s * distance.PointStride) + j];
                own[j] = difference * difference;
                sum += own[j];
            }

            for (int j = 0; distance.IsRoot && sum > 0 && j < width; j++) own[j] = (float)(own[j] / Math.Sqrt(sum));
        }
    }
}
