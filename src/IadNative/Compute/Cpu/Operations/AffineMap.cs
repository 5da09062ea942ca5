using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The affine map of a MADE block forward; in training one with the dense layer before it, that of m and a.</summary>
internal sealed unsafe class CpuAffineForward<T>(AffineForward operation, DenseForward? dense = null) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override CpuOperation<T>? JoinPrevious(PlanOperation previous) =>
        previous is DenseForward layer && layer.Output == operation.Affine ? new CpuAffineForward<T>(operation, layer) : null;

    public override TrainingPass? InTrainingStep(TrainingSite site) => dense is null ? null : new AffineForwardPass<T>(
        site.Batch, AffineLayer.Of(site, dense.Layer), site[dense.Input], site[operation.Input], site[operation.Output],
        site.OrNull(operation.LogDeterminantBefore), site[operation.LogDeterminant]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new AffineStep<T>(program, operation);
}

/// <summary>The affine map of a MADE block backward: one with the dense layer behind it.</summary>
internal sealed unsafe class CpuAffineBackward<T>(AffineBackward operation, DenseBackward? dense = null) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override CpuOperation<T>? JoinNext(PlanOperation next) =>
        next is DenseBackward { InputGradient: not null, Accumulate: false } layer
            && layer.OutputGradient == operation.AffineGradient
            ? new CpuAffineBackward<T>(operation, layer)
            : null;

    public override TrainingPass? InTrainingStep(TrainingSite site) => dense is null ? null : new AffineBackwardPass<T>(
        site.Batch, AffineLayer.Of(site, dense.Layer), site[dense.Input], site[operation.Output], site[operation.OutputGradient],
        site[dense.InputGradient!], site.OrNull(operation.InputGradient));
}

/// <summary>
/// The last layer of a MADE block and the affine map behind it, which are computed as one: block by block of features, so that m,
/// a and their gradients stay in the first cache from where they are made to where they are used up. What sums over features, the
/// log-determinant and the gradient of the hidden layer, is summed within chunks of blocks, then over the chunks, whose number
/// depends on the number of features alone.
/// </summary>
internal sealed unsafe class AffineLayer
{
    /// <summary>Features of a block.</summary>
    public const int BlockFeatures = 16;

    private const int ChunkFeatures = 4 * BlockFeatures, MostChunks = 32;

    private readonly FloatBuffer[] _blocks;

    /// <summary>Memory for batches of a stride and teams of a size.</summary>
    public AffineLayer(DenseLayer layer, int stride, int team)
    {
        Dense = layer;
        Features = layer.Outputs / 2;
        ChunkSize = Math.Max(ChunkFeatures, Padding.RoundUp((Features + MostChunks - 1) / MostChunks, BlockFeatures));
        Chunks = (Features + ChunkSize - 1) / ChunkSize;
        OutputRanges = MaskRanges.OfOutputs(layer.Weight, Features);
        Scales = new FloatBuffer(checked(Features * stride));
        _blocks = [.. Enumerable.Range(0, team).Select(_ => new FloatBuffer(2 * BlockFeatures * stride))];
    }

    /// <summary>The layer that makes m and a.</summary>
    public DenseLayer Dense { get; }

    /// <summary>d.</summary>
    public int Features { get; }

    /// <summary>Features of a chunk, a multiple of those of a block.</summary>
    public int ChunkSize { get; }

    /// <summary>Number of chunks.</summary>
    public int Chunks { get; }

    /// <summary>Per four features, which hidden units m and a see: they have the same mask. Empty without a mask.</summary>
    public InnerRange[] OutputRanges { get; }

    /// <summary>exp(−a), d × stride, from the forward pass to the backward pass.</summary>
    public FloatBuffer Scales { get; }

    /// <summary>That of a layer, for its forward and its backward pass.</summary>
    public static AffineLayer Of(TrainingSite site, DenseLayer layer) =>
        site.WorkspaceOf(layer, () => new AffineLayer(layer, site.Batch.Stride, site.Batch.Team.Size));

    /// <summary>Room for m and a, or their gradients, of one block: 2 · <see cref="BlockFeatures"/> × stride.</summary>
    public float* Block(int member) => _blocks[member].Pointer;

    /// <summary>The features of a chunk.</summary>
    public (int First, int End) Chunk(int chunk) => (chunk * ChunkSize, Math.Min(Features, (chunk + 1) * ChunkSize));

    /// <summary>The ranges of the features from one on.</summary>
    public ReadOnlySpan<InnerRange> OutputRangesFrom(int feature) =>
        OutputRanges.Length == 0 ? default : OutputRanges.AsSpan(feature / MaskRanges.TileRows);
}

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

/// <summary>
/// The affine map of a MADE block in scoring; the log-determinants so far are one vector of partial sums per sample, and a
/// constant.
/// </summary>
internal sealed unsafe class AffineStep<T> : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly RowActivation _input, _affine, _output, _after;
    private readonly RowActivation? _before;
    private readonly int? _constantBefore;
    private readonly int _constant;

    public AffineStep(ScoringProgram<T> program, AffineForward operation)
    {
        _input = program.InRows(operation.Input);
        _affine = program.InRows(operation.Affine);
        _output = program.MakeRows(operation.Output);
        if (operation.LogDeterminantBefore is { } before)
        {
            _before = program.InRows(before);
            _constantBefore = program.ConstantOf(before);
        }

        _after = program.MakeRows(operation.LogDeterminant);
        _constant = program.ConstantOf(operation.LogDeterminant);
    }

    /// <summary>a of a sample.</summary>
    public float* LogScales(int sample) => _affine.Pointer + ((nint)sample * _affine.Stride) + _input.Width;

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers) =>
        network.Constant(_constant) = _constantBefore is { } before ? network.Constant(before) : 0;

    public override void Run(FoldedNetwork network, in ScoringBlock block) => Rows.AffineMap<T>(
        _input.Pointer, _affine.Pointer, _affine.Stride, _output.Pointer, _before is { } sums ? sums.Pointer : null,
        _after.Pointer, _input.Width, _input.Stride, block.Samples);
}
