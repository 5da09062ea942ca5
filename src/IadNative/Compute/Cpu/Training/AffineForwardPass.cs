using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// An affine layer forward: from the hidden layer and x to u; the log-determinants are those before it minus Σ a.
/// </summary>
internal sealed unsafe class AffineForwardPass<T>(
    TrainingBatch batch, AffineLayer layer, float* hidden, float* x, float* u, float* before, float* after)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private readonly FloatBuffer _chunkSums = new((layer.Chunks - 1) * batch.Stride);

    public override void Run()
    {
        int padded = Batch.Padded;
        _chunkSums.Span.Clear();
        var sums = new Span<float>(after, padded);
        if (before == null) sums.Clear();
        else new ReadOnlySpan<float>(before, padded).CopyTo(sums);
        Batch.Team.Share(this, 0, layer.Chunks, 1, (long)layer.Dense.Inputs * layer.Dense.Outputs * padded);
        for (int chunk = 1; chunk < layer.Chunks; chunk++) Elementwise.Add<T>(after, Sums(chunk), after, padded);
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int chunk = first; chunk < end; chunk++) ForwardChunk(chunk, layer.Block(member));
    }

    private void ForwardChunk(int chunk, float* m)
    {
        DenseLayer dense = layer.Dense;
        int stride = Batch.Stride, inner = dense.Inputs;
        float* a = m + (AffineLayer.BlockFeatures * stride);
        (int first, int end) = layer.Chunk(chunk);
        for (int j = first; j < end; j += AffineLayer.BlockFeatures)
        {
            int features = Math.Min(AffineLayer.BlockFeatures, end - j);
            nint at = (nint)j * stride;
            Multiply(j, features, m, j);
            Multiply(layer.Features + j, features, a, j);
            AffineMap.Forward<T>(
                x + at, m, a, u + at, layer.Scales.Pointer + at, Sums(chunk), features, stride, Batch.Samples);
        }

        void Multiply(int row, int features, float* output, int feature) => Matrix.Multiply<T>(
            Batch.Parameters + dense.Weight.Offset + ((nint)row * inner), inner, 1, features, inner, hidden, output, stride,
            Batch.Padded, Batch.Parameters + dense.Bias!.Offset + row, ranges: layer.OutputRangesFrom(feature));
    }

    // The first chunk starts the sums of all.
    private float* Sums(int chunk) => chunk == 0 ? after : _chunkSums.Pointer + ((nint)(chunk - 1) * Batch.Stride);
}
