using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Operations;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>
/// What each feature adds to a score that is no sum over features, by the rescale rule: its multiplier times how far it is from the
/// reference's. The contributions of a sample sum to its score less that of the reference, which costs one pass back.
/// </summary>
internal sealed unsafe class RescaleExplaining<T> : ExplainingStep
    where T : struct, ILanes<T>
{
    /// <summary>Samples of a block at most, the reference with them: fewer than are scored together, for multipliers take room too.</summary>
    public const int BlockRows = CpuScorer.ExplainedRows;

    private readonly RowActivation _input;
    private readonly ICarryingStep[] _steps;
    private readonly float* _scores;
    private readonly int _length, _backLength;
    private FloatBuffer? _here, _next;

    private RescaleExplaining(ScoringProgram<T> program, ICarryingStep[] steps)
    {
        (_input, _steps) = (program.Input, steps);
        _scores = program.Scores;
        _backLength = steps.Aggregate(0, (sum, step) => checked(sum + step.BackLength));
        _length = checked((BlockRows * program.WidestStride) + T.Count);
    }

    /// <inheritdoc/>
    public override bool IsSplit => false;

    /// <summary>That of a program; null where one of its steps cannot be followed back.</summary>
    public static RescaleExplaining<T>? Of(ScoringProgram<T> program)
    {
        // The layout of an activation is nothing to its multipliers, and what is gathered are the features.
        ScoringStep[] steps = [.. program.Steps.Where(step => step is not (TransposeStep<T> or GatherStep<T>)).Reverse()];
        return Array.TrueForAll(steps, step => step is ICarryingStep { Carries: true })
            ? new RescaleExplaining<T>(program, [.. steps.Cast<ICarryingStep>()])
            : null;
    }

    /// <summary>Makes of a network's folded numbers what its steps need on the way back.</summary>
    public override void FoldBack(FoldedNetwork network, float* back)
    {
        foreach (ICarryingStep step in _steps)
        {
            step.FoldBack(network, back);
            back += step.BackLength;
        }
    }

    /// <inheritdoc/>
    public override void Explain(FoldedNetwork network, int samples, Span<float> contributions)
    {
        float* here = (_here ??= new FloatBuffer(_length)).Pointer, next = (_next ??= new FloatBuffer(_length)).Pointer;
        float* back = network.Back(_backLength, this);
        foreach (ICarryingStep step in _steps)
        {
            step.Carry(network, back, samples, here, next);
            back += step.BackLength;
            float* read = next;
            next = here;
            here = read;
        }

        int width = _input.Width;
        float* reference = _input.Pointer;
        contributions[..width].Clear();
        for (int s = 1; s < samples; s++)
        {
            Span<float> own = contributions.Slice(s * width, width);
            nint at = (nint)s * _input.Stride;
            bool isFinite = float.IsFinite(_scores[s]);
            for (int j = 0; j < width; j++) own[j] = isFinite ? here[at + j] * (_input.Pointer[at + j] - reference[j]) : float.NaN;
        }
    }
}
