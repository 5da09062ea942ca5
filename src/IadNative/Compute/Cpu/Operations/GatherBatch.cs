using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;
using IadNative.Data;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>Gathering and standardising the batch's rows.</summary>
internal sealed unsafe class CpuGatherBatch<T>(GatherBatch operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new GatherPass(site.Batch, site.Spec, operation.Output.Width, site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new GatherStep<T>(program, operation);
}

/// <summary>Brings the samples of a batch together, and their importance weights.</summary>
internal sealed unsafe class GatherPass(TrainingBatch batch, SessionSpec spec, int features, float* output)
    : TrainingPass(batch), ITeamWork
{
    // Samples that share a cache line.
    private const int Granule = 16;

    // A number that is copied, in multiply-adds.
    private const int Cost = 16;

    public override void Run()
    {
        float* weights = Batch.Weights.Pointer;
        float[] importance = Batch.Replica.ImportanceWeights;
        for (int s = 0; s < Batch.Samples; s++) weights[s] = importance[Batch.Rows[s]];
        for (int s = Batch.Samples; s < Batch.Padded; s++) weights[s] = 0;
        Batch.Team.Share(this, 0, Batch.Padded, Granule, (long)Cost * Batch.Padded * features);
    }

    public void Part(int phase, int first, int end, int member)
    {
        FeatureView view = Batch.Replica.Features;
        int samples = Math.Clamp(Batch.Samples - first, 0, end - first);
        fixed (float* data = spec.Data, offset = view.Scaler.Offset, scale = view.Scaler.Scale)
        fixed (int* columns = view.Columns)
        {
            if (columns == null)
            {
                Kernels.Batch.Gather(
                    data, Batch.Rows + first, features, offset, scale, output + first, Batch.Stride, samples, end - first);
            }
            else
            {
                Kernels.Batch.GatherColumns(
                    data, Batch.Rows + first, view.Width, columns, features, offset, scale, output + first, Batch.Stride, samples, end - first);
            }
        }
    }
}

/// <summary>Brings the rows of a block together for scoring.</summary>
internal sealed unsafe class GatherStep<T>(ScoringProgram<T> program, GatherBatch operation) : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly RowActivation _output = program.MakeRows(operation.Output);
    private readonly int _offset = program.Reserve(operation.Output.Width), _scale = program.Reserve(operation.Output.Width);

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        FeatureScaler scaler = network.Features.Scaler;
        scaler.Offset.CopyTo(new Span<float>(network[_offset], _output.Width));
        scaler.Scale.CopyTo(new Span<float>(network[_scale], _output.Width));
    }

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        fixed (int* columns = network.Features.Columns)
        {
            if (columns == null)
            {
                Rows.Gather<T>(
                    block.Data, block.Rows, _output.Width, network[_offset], network[_scale], _output.Pointer, _output.Stride, block.Samples);
            }
            else
            {
                Rows.GatherColumns(
                    block.Data, block.Rows, network.Features.Width, columns, _output.Width, network[_offset], network[_scale], _output.Pointer,
                    _output.Stride, block.Samples);
            }
        }
    }
}
