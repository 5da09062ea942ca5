using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// A dense layer backward: first its parameters, by outputs; then, unless it is null, the gradient of its input, by inputs.
/// </summary>
internal sealed unsafe class DenseBackwardPass<T>(
    TrainingBatch batch, DenseLayer layer, float* input, float* output, float* outputGradient, float* inputGradient,
    bool accumulate, NormWorkspace? workspace) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private const int ByOutputs = 0, ByInputs = 1;

    private readonly InnerRange[] _outputRanges = MaskRanges.OfOutputs(layer.Weight);
    private readonly InnerRange[] _inputRanges = MaskRanges.OfInputs(layer.Weight);

    public override void Run()
    {
        long cost = (long)layer.Inputs * layer.Outputs * Batch.Padded;
        Batch.Team.Share(this, ByOutputs, layer.Outputs, MaskRanges.TileRows, cost);
        if (inputGradient != null) Batch.Team.Share(this, ByInputs, layer.Inputs, MaskRanges.TileRows, cost);
    }

    public void Part(int phase, int first, int end, int member)
    {
        if (phase == ByOutputs) PassToParameters(first, end);
        else PassToInputs(first, end);
    }

    private void PassToParameters(int first, int end)
    {
        int stride = Batch.Stride, samples = Batch.Samples;
        for (int o = first; o < end; o++)
        {
            nint at = (nint)o * stride;
            float* feature = outputGradient + at;
            if (layer.HasRelu) Activate.Backward<T>(output + at, feature, samples, layer.Slope);
            if (layer.Norm is { } norm)
            {
                float factor = workspace!.Inverse.Pointer[o];
                if (norm.Scale is not null) factor *= Batch.Parameters[norm.Scale.Offset + o];
                (float scale, float shift) = BatchNormalization.Backward<T>(
                    feature, workspace.Normalized.Pointer + at, samples, factor);
                if (norm.Scale is not null) Batch.Gradient[norm.Scale.Offset + o] = scale;
                if (norm.Shift is not null) Batch.Gradient[norm.Shift.Offset + o] = shift;
            }

            if (layer.Bias is { } bias) Batch.Gradient[bias.Offset + o] = Reduce.Sum<T>(feature, samples);
        }

        Matrix.WeightGradient<T>(
            outputGradient + ((nint)first * stride), input, Batch.Gradient + layer.Weight.Offset + ((nint)first * layer.Inputs),
            end - first, layer.Inputs, stride, Batch.Padded,
            _outputRanges.Length == 0 ? default : _outputRanges.AsSpan(first / MaskRanges.TileRows));
    }

    private void PassToInputs(int first, int end) => Matrix.Multiply<T>(
        Batch.Parameters + layer.Weight.Offset + first, 1, layer.Inputs, end - first, layer.Outputs, outputGradient,
        inputGradient + ((nint)first * Batch.Stride), Batch.Stride, Batch.Padded, null, accumulate,
        _inputRanges.Length == 0 ? default : _inputRanges.AsSpan(first / MaskRanges.TileRows));
}
