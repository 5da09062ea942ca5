using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>A dense layer forward, with the statistics of the batch.</summary>
internal sealed unsafe class DenseForwardPass<T>(
    TrainingBatch batch, DenseLayer layer, float* input, float* output, NormWorkspace? workspace) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private readonly InnerRange[] _ranges = MaskRanges.OfOutputs(layer.Weight);

    public override void Run() =>
        Batch.Team.Share(this, 0, layer.Outputs, MaskRanges.TileRows, (long)layer.Inputs * layer.Outputs * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        int stride = Batch.Stride, samples = Batch.Samples;
        nint at = (nint)first * stride;
        float* weights = Batch.Parameters + layer.Weight.Offset + ((nint)first * layer.Inputs);
        float* bias = layer.Bias is { } slot ? Batch.Parameters + slot.Offset + first : null;
        ReadOnlySpan<InnerRange> ranges = _ranges.Length == 0 ? default : _ranges.AsSpan(first / MaskRanges.TileRows);
        if (layer.Norm is not { } norm)
        {
            Matrix.Multiply<T>(
                weights, layer.Inputs, 1, end - first, layer.Inputs, input, output + at, stride, Batch.Padded, bias,
                ranges: ranges, slope: layer.Slope);
            return;
        }

        float* product = workspace!.Normalized.Pointer;
        Matrix.Multiply<T>(
            weights, layer.Inputs, 1, end - first, layer.Inputs, input, product + at, stride, Batch.Padded, bias, ranges: ranges);
        for (int o = first; o < end; o++)
        {
            float* feature = product + ((nint)o * stride);
            workspace.Inverse.Pointer[o] = BatchNormalization.Forward<T>(
                feature, samples, samples, BatchNorm.Epsilon, BatchNorm.Momentum,
                ref Batch.Statistics[norm.RunningMean.Offset + o], ref Batch.Statistics[norm.RunningVariance.Offset + o]);
            float scale = norm.Scale is null ? 1 : Batch.Parameters[norm.Scale.Offset + o];
            float shift = norm.Shift is null ? 0 : Batch.Parameters[norm.Shift.Offset + o];
            Activate.Forward<T>(feature, output + ((nint)o * stride), samples, scale, shift, layer.Slope);
        }
    }
}
