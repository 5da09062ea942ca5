using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The negative log-likelihood of each sample under a flow.</summary>
internal sealed unsafe class CpuNegativeLogLikelihood<T>(NegativeLogLikelihood operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new NegativeLogLikelihoodPass<T>(
        site.Batch, operation.Output.Width, site[operation.Output], site[operation.LogDeterminant], site[operation.Scores]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new NegativeLogLikelihoodStep<T>(program, operation);

    public override ExplainingStep InExplaining(ScoringProgram<T> program) => new LikelihoodTerms<T>(program, operation);
}

/// <summary>The negative log-likelihood backward.</summary>
internal sealed unsafe class CpuNegativeLogLikelihoodBackward<T>(NegativeLogLikelihoodBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new NegativeLogLikelihoodBackwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Output], site[operation.ScoreGradient],
        site[operation.OutputGradient]);
}

/// <summary>The negative log-likelihood forward, by samples.</summary>
internal sealed unsafe class NegativeLogLikelihoodPass<T>(
    TrainingBatch batch, int width, float* output, float* logDeterminants, float* scores) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    private readonly FloatBuffer _origin = new(width);

    public override void Run() => Batch.Team.Share(this, 0, Batch.Padded, T.Count, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        Distance.FromCenter<T>(
            output + first, _origin.Pointer, width, Batch.Stride, end - first, scores + first);
        LogLikelihood.Score<T>(scores + first, logDeterminants + first, width, end - first);
    }
}

/// <summary>The negative log-likelihood backward, by features: du = df·u.</summary>
internal sealed unsafe class NegativeLogLikelihoodBackwardPass<T>(
    TrainingBatch batch, int width, float* output, float* scoreGradient, float* outputGradient) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        nint at = (nint)first * Batch.Stride;
        LogLikelihood.Gradient<T>(output + at, scoreGradient, end - first, Batch.Stride, Batch.Padded, outputGradient + at);
    }
}

/// <summary>The negative log-likelihood in scoring.</summary>
internal sealed unsafe class NegativeLogLikelihoodStep<T>(ScoringProgram<T> program, NegativeLogLikelihood operation)
    : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly RowActivation _output = program.InRows(operation.Output);
    private readonly RowActivation _logDeterminant = program.InRows(operation.LogDeterminant);
    private readonly int _constant = program.ConstantOf(operation.LogDeterminant);
    private readonly float* _scores = program.MakeScores(operation.Scores);
    private readonly FloatBuffer _origin = new(Padding.RoundUp(operation.Output.Width, T.Count));

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        Rows.SquaredDistance<T>(_output.Pointer, _origin.Pointer, 0, _output.Width, _output.Stride, block.Samples, _scores);
        Rows.LogLikelihood<T>(
            _scores, _logDeterminant.Pointer, (float)network.Constant(_constant), _output.Width, block.Samples);
    }
}

/// <summary>
/// What each feature adds to the negative log-likelihood under a masked autoregressive flow, whose blocks move every feature along its own
/// axis: ½uⱼ² + ½ log 2π + Σ aⱼ − Σ (γⱼ − ½ log(vⱼ + ε)), over the affine maps and the normalisations that it passes.
/// </summary>
internal sealed unsafe class LikelihoodTerms<T> : ExplainingStep
    where T : struct, ILanes<T>
{
    private readonly RowActivation _output;
    private readonly AffineStep<T>[] _maps;
    private readonly FlowNormStep<T>[] _norms;
    private readonly int _constants;

    public LikelihoodTerms(ScoringProgram<T> program, NegativeLogLikelihood operation)
    {
        _output = program.InRows(operation.Output);
        (_maps, _norms) = ([.. program.Steps.OfType<AffineStep<T>>()], [.. program.Steps.OfType<FlowNormStep<T>>()]);
        _constants = program.Reserve(_output.Width);
    }

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        for (int j = 0; j < _output.Width; j++)
        {
            double sum = LogLikelihood.HalfLogTwoPi;
            foreach (FlowNormStep<T> norm in _norms) sum -= norm.LogDeterminantOf(j, numbers);
            network[_constants][j] = (float)sum;
        }
    }

    public override void Explain(FoldedNetwork network, int samples, Span<float> contributions)
    {
        int width = _output.Width;
        for (int s = 0; s < samples; s++)
        {
            Span<float> own = contributions.Slice(s * width, width);
            float* u = _output.Pointer + ((nint)s * _output.Stride), constants = network[_constants];
            for (int j = 0; j < width; j++) own[j] = (0.5f * u[j] * u[j]) + constants[j];
            foreach (AffineStep<T> map in _maps)
            {
                float* a = map.LogScales(s);
                for (int j = 0; j < width; j++) own[j] += a[j];
            }
        }
    }
}
