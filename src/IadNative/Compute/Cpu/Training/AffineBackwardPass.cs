using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// An affine layer backward: from the gradient of u to those of the parameters, of the hidden layer and, unless it is null, to
/// the direct part of that of x.
/// </summary>
internal sealed unsafe class AffineBackwardPass<T> : TrainingPass, ITeamWork
    where T : struct, ILanes<T>
{
    private readonly AffineLayer _layer;
    private readonly float* _hidden, _u, _uGradient, _hiddenGradient, _xGradient;
    private readonly InnerRange[][] _inputRanges;
    private readonly FloatBuffer _chunkGradients;

    public AffineBackwardPass(
        TrainingBatch batch, AffineLayer layer, float* hidden, float* u, float* uGradient, float* hiddenGradient,
        float* xGradient)
        : base(batch)
    {
        _layer = layer;
        _hidden = hidden;
        _u = u;
        _uGradient = uGradient;
        _hiddenGradient = hiddenGradient;
        _xGradient = xGradient;
        _chunkGradients = new FloatBuffer(checked((layer.Chunks - 1) * layer.Dense.Inputs * batch.Stride));
        _inputRanges =
        [
            .. Enumerable.Range(0, (layer.Features + AffineLayer.BlockFeatures - 1) / AffineLayer.BlockFeatures)
                .Select(block => block * AffineLayer.BlockFeatures)
                .Select(first => MaskRanges.OfInputs(
                    layer.Dense.Weight, first, Math.Min(layer.Features, first + AffineLayer.BlockFeatures))),
        ];
    }

    public override void Run()
    {
        DenseLayer dense = _layer.Dense;
        Batch.Team.Share(this, 0, _layer.Chunks, 1, 2L * dense.Inputs * dense.Outputs * Batch.Padded);
        for (int chunk = 1; chunk < _layer.Chunks; chunk++)
            Elementwise.Add<T>(_hiddenGradient, HiddenGradient(chunk), _hiddenGradient, dense.Inputs * Batch.Stride);
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int chunk = first; chunk < end; chunk++) BackwardChunk(chunk, _layer.Block(member));
    }

    private void BackwardChunk(int chunk, float* dm)
    {
        int stride = Batch.Stride;
        float* da = dm + (AffineLayer.BlockFeatures * stride);
        (int first, int end) = _layer.Chunk(chunk);
        for (int j = first; j < end; j += AffineLayer.BlockFeatures)
        {
            int features = Math.Min(AffineLayer.BlockFeatures, end - j);
            nint at = (nint)j * stride;
            AffineMap.Backward<T>(
                _layer.Scales.Pointer + at, _u + at, _uGradient + at, Batch.Weights.Pointer, dm, da,
                _xGradient == null ? null : _xGradient + at, features, stride, Batch.Samples);
            PassOn(dm, j, j, features, HiddenGradient(chunk), accumulate: j > first);
            PassOn(da, _layer.Features + j, j, features, HiddenGradient(chunk), accumulate: true);
        }
    }

    // From the gradients of some rows of the layer's output to those of its parameters and its input.
    private void PassOn(float* gradient, int row, int feature, int features, float* hiddenGradient, bool accumulate)
    {
        DenseLayer dense = _layer.Dense;
        int stride = Batch.Stride, inner = dense.Inputs;
        nint weight = dense.Weight.Offset + ((nint)row * inner);
        for (int f = 0; f < features; f++)
            Batch.Gradient[dense.Bias!.Offset + row + f] = Reduce.Sum<T>(gradient + ((nint)f * stride), Batch.Samples);
        Matrix.WeightGradient<T>(
            gradient, _hidden, Batch.Gradient + weight, features, inner, stride, Batch.Padded,
            _layer.OutputRangesFrom(feature));
        Matrix.Multiply<T>(
            Batch.Parameters + weight, 1, inner, inner, features, gradient, hiddenGradient, stride, Batch.Padded, null,
            accumulate, _inputRanges[feature / AffineLayer.BlockFeatures]);
    }

    // The first chunk starts the sums of all.
    private float* HiddenGradient(int chunk) =>
        chunk == 0 ? _hiddenGradient : _chunkGradients.Pointer + ((nint)(chunk - 1) * _layer.Dense.Inputs * Batch.Stride);
}
