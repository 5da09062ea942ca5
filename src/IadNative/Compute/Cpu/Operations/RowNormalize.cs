using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>Samples brought to the unit sphere.</summary>
internal sealed unsafe class CpuRowNormalizeForward<T>(RowNormalizeForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new RowNormalizeForwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Input], site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) =>
        new RowNormalizeStep(program.InRows(operation.Input), program.MakeRows(operation.Output));
}

/// <summary>The same backward.</summary>
internal sealed unsafe class CpuRowNormalizeBackward<T>(RowNormalizeBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new RowNormalizeBackwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Input], site[operation.Output], site[operation.OutputGradient],
        site[operation.InputGradient]);
}

/// <summary>Forward.</summary>
internal sealed unsafe class RowNormalizeForwardPass<T>(TrainingBatch batch, int width, float* input, float* output)
    : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run() => RowNormalization.Forward<T>(input, output, width, Batch.Stride, Batch.Padded);
}

/// <summary>Backward.</summary>
internal sealed unsafe class RowNormalizeBackwardPass<T>(
    TrainingBatch batch, int width, float* input, float* output, float* outputGradient, float* inputGradient) : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run() =>
        RowNormalization.Backward<T>(input, output, outputGradient, inputGradient, width, Batch.Stride, Batch.Padded);
}

/// <summary>
/// In scoring, a sample after the other: they are short. One too far out for a norm has no place on the sphere, and no score that is a number.
/// </summary>
internal sealed unsafe class RowNormalizeStep(RowActivation input, RowActivation output) : ScoringStep, ICarryingStep
{
    public bool Carries => true;

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        for (int s = 0; s < block.Samples; s++)
        {
            var x = new ReadOnlySpan<float>(input.Pointer + ((nint)s * input.Stride), input.Width);
            var z = new Span<float>(output.Pointer + ((nint)s * output.Stride), output.Width);
            float squares = 0;
            foreach (float value in x) squares = MathF.FusedMultiplyAdd(value, value, squares);
            float norm = squares < float.PositiveInfinity ? MathF.Max(MathF.Sqrt(squares), RowNormalizeForward.LeastNorm) : float.NaN;
            for (int j = 0; j < z.Length; j++) z[j] = x[j] / norm;
        }
    }

    // With r = 1/n and n = max(‖x‖, least), a product takes the means of its factors,
    // zₖ − z₀ₖ = ½(r + r₀)(xₖ − x₀ₖ) + ½(xₖ + x₀ₖ)(r − r₀), and r − r₀ = −(n − n₀)/(n·n₀), where
    // ‖x‖ − ‖x₀‖ = Σ (xⱼ + x₀ⱼ)(xⱼ − x₀ⱼ)/(‖x‖ + ‖x₀‖).
    public void Carry(FoldedNetwork network, int samples)
    {
        float* reference = input.Pointer;
        double referenceNorm = Norm(reference), referenceLength = Math.Max(referenceNorm, RowNormalizeForward.LeastNorm);
        for (int s = 1; s < samples; s++)
        {
            float* x = input.Pointer + ((nint)s * input.Stride), to = input.Multipliers + ((nint)s * input.Stride);
            float* from = output.Multipliers + ((nint)s * output.Stride);
            double norm = Norm(x), length = Math.Max(norm, RowNormalizeForward.LeastNorm), sum = 0;
            for (int k = 0; k < input.Width; k++) sum += 0.5 * from[k] * ((double)x[k] + reference[k]);
            double cut = norm == referenceNorm ? 1 : (length - referenceLength) / (norm - referenceNorm);
            double both = norm + referenceNorm, scale = 0.5 * ((1 / length) + (1 / referenceLength));
            double shrink = both > 0 ? cut * sum / (length * referenceLength * both) : 0;
            for (int j = 0; j < input.Width; j++) to[j] = (float)((scale * from[j]) - (shrink * ((double)x[j] + reference[j])));
        }
    }

    private double Norm(float* x)
    {
        double squares = 0;
        for (int k = 0; k < input.Width; k++) squares += (double)x[k] * x[k];
        return Math.Sqrt(squares);
    }
}
