using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>A convolution and what stands around it forward.</summary>
internal sealed unsafe class CpuConvForward<T>(ConvForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products => [new(operation.Layer.Weight, operation.Layer.Size.Pixels)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new ConvForwardPass<T>(
        site.Batch, Workspace(site, operation.Layer), site[operation.Input], site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new ConvStep<T>(program, operation);

    /// <summary>What the passes of a layer share.</summary>
    public static ConvWorkspace Workspace(TrainingSite site, ConvLayer layer) =>
        site.WorkspaceOf(layer, () => new ConvWorkspace(layer, site.Batch.Stride, T.Count));
}

/// <summary>A convolution and what stands around it backward.</summary>
internal sealed unsafe class CpuConvBackward<T>(ConvBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products =>
        [new(operation.Layer.Weight, (operation.InputGradient is null ? 1 : 2) * operation.Layer.Size.Pixels)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new ConvBackwardPass<T>(
        site.Batch, CpuConvForward<T>.Workspace(site, operation.Layer), site[operation.Input], site[operation.Output],
        site[operation.OutputGradient], site.OrNull(operation.InputGradient));
}
