using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The output as the score.</summary>
internal sealed unsafe class CpuOutputScore<T>(OutputScore operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new CopyPass(site.Batch, site[operation.Output], site[operation.Scores]);

    public override ScoringStep InScoring(ScoringProgram<T> program) =>
        new OutputScoreStep(program.InRows(operation.Output), program.MakeScores(operation.Scores));
}

/// <summary>The same backward.</summary>
internal sealed unsafe class CpuOutputScoreBackward<T>(OutputScoreBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new CopyPass(site.Batch, site[operation.ScoreGradient], site[operation.OutputGradient]);
}

/// <summary>Copies a number of each sample.</summary>
internal sealed unsafe class CopyPass(TrainingBatch batch, float* source, float* target) : TrainingPass(batch)
{
    public override void Run() => new ReadOnlySpan<float>(source, Batch.Padded).CopyTo(new Span<float>(target, Batch.Padded));
}

/// <summary>In scoring.</summary>
internal sealed unsafe class OutputScoreStep(RowActivation output, float* scores) : ScoringStep, ICarryingStep
{
    public bool Carries => true;

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        for (int s = 0; s < block.Samples; s++) scores[s] = output.Pointer[(nint)s * output.Stride];
    }

    public void Carry(FoldedNetwork network, int samples)
    {
        for (int s = 1; s < samples; s++) output.Multipliers[(nint)s * output.Stride] = 1;
    }
}
