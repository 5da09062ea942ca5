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
    private readonly RowActivation _input;
    private readonly ICarryingStep[] _steps;
    private readonly float* _scores;

    private RescaleExplaining(ScoringProgram<T> program, ICarryingStep[] steps)
    {
        (_input, _steps) = (program.Input, steps);
        _scores = program.Scores;
    }

    /// <inheritdoc/>
    public override bool IsSplit => false;

    /// <summary>That of a program; null where one of its steps cannot be followed back.</summary>
    public static RescaleExplaining<T>? Of(ScoringProgram<T> program)
    {
        // What is gathered are the features.
        ScoringStep[] steps = [.. program.Steps.Where(step => step is not GatherStep<T>).Reverse()];
        return Array.TrueForAll(steps, step => step is ICarryingStep { Carries: true })
            ? new RescaleExplaining<T>(program, [.. steps.Cast<ICarryingStep>()])
            : null;
    }

    /// <inheritdoc/>
    public override void Explain(FoldedNetwork network, int samples, Span<float> contributions)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, CpuScorer.ExplainedRows);
        foreach (ICarryingStep step in _steps) step.Carry(network, samples);
        int width = _input.Width;
        float* reference = _input.Pointer;
        contributions[..width].Clear();
        for (int s = 1; s < samples; s++)
        {
            Span<float> own = contributions.Slice(s * width, width);
            nint at = (nint)s * _input.Stride;
            bool isFinite = float.IsFinite(_scores[s]);
            for (int j = 0; j < width; j++)
                own[j] = isFinite ? _input.Multipliers[at + j] * (_input.Pointer[at + j] - reference[j]) : float.NaN;
        }
    }
}
