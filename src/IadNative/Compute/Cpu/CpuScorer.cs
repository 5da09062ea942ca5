using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu;

/// <summary>Scores rows with a folded network. It owns its buffers: scoring allocates nothing, and one thread uses it.</summary>
internal abstract class CpuScorer
{
    /// <summary>The scorer of this machine's best instruction-set path.</summary>
    public static CpuScorer Create(Plan plan) => CpuDevice.SelectLanes(new Factory(plan));

    /// <summary>Scores consecutive rows, each the same to the bit whatever the others are.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="scores">Receives the n scores.</param>
    public abstract void Score(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> scores);

    /// <summary>Leaves the squared errors of a reconstruction, (target − output)² of each standardised feature.</summary>
    /// <param name="network">The network, of a plan whose score has a target.</param>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="errors">Receives n × d squared errors, row-major.</param>
    public abstract void SquaredErrors(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> errors);

    /// <summary>Adds the network's outputs of some rows to sums, row after row.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">Raw features, row-major.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="sums">One sum per output.</param>
    public abstract void AddOutputs(FoldedNetwork network, ReadOnlySpan<float> data, ReadOnlySpan<int> rows, Span<double> sums);

    private sealed class Factory(Plan plan) : ILanesFunction<CpuScorer>
    {
        public CpuScorer Invoke<T>()
            where T : struct, ILanes<T> => new CpuScorer<T>(plan);
    }
}

/// <summary>The scorer on vectors of one width.</summary>
internal sealed unsafe class CpuScorer<T> : CpuScorer
    where T : struct, ILanes<T>
{
    private const int BlockRows = 64;

    private readonly Plan _plan;
    private readonly Dictionary<DenseLayer, MaskRanges> _ranges = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ConvLayer, (FloatBuffer Input, FloatBuffer Sums)> _images =
        new(ReferenceEqualityComparer.Instance);
    private readonly PlanOperation[] _operations;
    private readonly Activation? _target;
    private readonly ActivationBuffers _activations;
    private readonly FloatBuffer _distances, _origin;
    private readonly int[] _rows = new int[BlockRows];
    private readonly int _stride;

    public CpuScorer(Plan plan)
    {
        _plan = plan;
        _operations = [.. plan.Scoring];
        foreach (DenseForward dense in plan.Scoring.OfType<DenseForward>())
            _ranges[dense.Layer] = new MaskRanges(dense.Layer.Weight);
        foreach (ConvForward conv in plan.Scoring.OfType<ConvForward>()) _images[conv.Layer] = Images(conv.Layer);
        _target = plan.Scoring.OfType<ScoreOutput>().Single().Target;
        _activations = new ActivationBuffers(plan.Scoring, BlockRows);
        _stride = _activations.Stride;
        _distances = new FloatBuffer(_stride);
        _origin = new FloatBuffer(plan.Output.Width);
    }

    public override void Score(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> scores)
    {
        for (int start = 0; start < scores.Length; start += BlockRows)
        {
            int count = RunBlock(network, rows, start);
            new ReadOnlySpan<float>(_distances.Pointer, count).CopyTo(scores[start..]);
        }

        GC.KeepAlive(this);
    }

    public override void SquaredErrors(FoldedNetwork network, ReadOnlySpan<float> rows, Span<float> errors)
    {
        int width = _plan.Output.Width;
        float* output = _activations[_plan.Output], target = _activations[_target!];
        for (int start = 0; start * width < rows.Length; start += BlockRows)
        {
            int count = RunBlock(network, rows, start);
            Span<float> block = errors.Slice(start * width, count * width);
            for (int s = 0; s < count; s++)
            {
                for (int j = 0; j < width; j++)
                {
                    float difference = output[((nint)j * _stride) + s] - target[((nint)j * _stride) + s];
                    block[(s * width) + j] = difference * difference;
                }
            }
        }

        GC.KeepAlive(this);
    }

    public override void AddOutputs(
        FoldedNetwork network, ReadOnlySpan<float> data, ReadOnlySpan<int> rows, Span<double> sums)
    {
        float* output = _activations[_plan.Output];
        for (int start = 0; start < rows.Length; start += BlockRows)
        {
            ReadOnlySpan<int> block = rows.Slice(start, Math.Min(BlockRows, rows.Length - start));
            Run(network, data, block);
            for (int s = 0; s < block.Length; s++)
            {
                for (int j = 0; j < sums.Length; j++) sums[j] += output[(j * _stride) + s];
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>Runs consecutive rows from <paramref name="start"/> on, a block at most, and says how many.</summary>
    private int RunBlock(FoldedNetwork network, ReadOnlySpan<float> rows, int start)
    {
        ReadOnlySpan<float> rest = rows[(start * _plan.Features)..];
        int count = Math.Min(BlockRows, rest.Length / _plan.Features);
        for (int s = 0; s < count; s++) _rows[s] = s;
        Run(network, rest[..(count * _plan.Features)], _rows.AsSpan(0, count));
        return count;
    }

    private void Run(FoldedNetwork network, ReadOnlySpan<float> data, ReadOnlySpan<int> rows)
    {
        int padded = Padding.RoundUp(rows.Length, T.Count);
        foreach (PlanOperation operation in _operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather, network, data, rows, padded); break;
                case DenseForward dense: Forward(dense, network, padded); break;
                case ConvForward conv: Forward(conv, network, padded); break;
                case AffineForward affine: Forward(affine, padded); break;
                case FlowNormForward norm: Forward(norm, network, padded); break;
                case ScoreOutput score: Distances(score, network, padded); break;
                default: throw new NotSupportedException($"The CPU engine has no scoring of {operation.GetType().Name}.");
            }
        }

        GC.KeepAlive(network);
    }

    private void Gather(
        GatherBatch gather, FoldedNetwork network, ReadOnlySpan<float> data, ReadOnlySpan<int> rows, int padded)
    {
        fixed (float* source = data, offset = network.Scaler.Offset, scale = network.Scaler.Scale)
        fixed (int* indices = rows)
        {
            Batch.Gather(
                source, indices, _plan.Features, offset, scale, _activations[gather.Output], _stride, rows.Length, padded);
        }
    }

    private void Forward(DenseForward dense, FoldedNetwork network, int padded)
    {
        DenseLayer layer = dense.Layer;
        float* output = _activations[dense.Output];
        Matrix.Multiply<T>(
            network.Weight(layer), layer.Inputs, 1, layer.Outputs, layer.Inputs, _activations[dense.Input], output, _stride,
            padded, network.Bias(layer), ranges: _ranges[layer].Outputs);
        if (!layer.HasRelu) return;
        for (int o = 0; o < layer.Outputs; o++)
        {
            float* feature = output + ((nint)o * _stride);
            Activate.Forward<T>(feature, feature, padded, 1, 0, layer.Slope);
        }
    }

    // The bordered images and the sums of a convolution, of one vector of samples.
    private static (FloatBuffer Input, FloatBuffer Sums) Images(ConvLayer layer)
    {
        int bordered = (layer.Size.Height + (2 * ConvLayer.Border)) * (layer.Size.Width + (2 * ConvLayer.Border));
        return (
            new FloatBuffer(checked(layer.InputChannels * bordered * T.Count)),
            new FloatBuffer(checked(layer.OutputChannels * layer.Size.Pixels * T.Count)));
    }

    private void Forward(ConvForward conv, FoldedNetwork network, int padded)
    {
        ConvLayer layer = conv.Layer;
        (int height, int width) = (layer.Size.Height, layer.Size.Width);
        (FloatBuffer images, FloatBuffer sums) = _images[layer];
        var map = ChannelMap.Plain(layer.Slope);
        for (int s = 0; s < padded; s += T.Count)
        {
            ImageBlock.Load<T>(
                _activations[conv.Input] + s, _stride, layer.InputChannels, height, width, layer.Upsample, ConvLayer.Border,
                images.Pointer);
            Convolution.Forward<T>(
                images.Pointer, network.Weight(layer), network.Bias(layer), layer.InputChannels, layer.OutputChannels, height,
                width, sums.Pointer, T.Count);
            for (int o = 0; o < layer.OutputChannels; o++)
            {
                ChannelActivation.Forward<T>(
                    sums.Pointer + ((nint)o * layer.Size.Pixels * T.Count), map, height, width, layer.Pool, T.Count,
                    _activations[conv.Output] + s + ((nint)o * layer.OutputSize.Pixels * _stride), _stride);
            }
        }
    }

    private void Forward(AffineForward affine, int padded) => AffineMap.Forward<T>(
        _activations[affine.Input], _activations[affine.Affine], _activations[affine.Output],
        affine.LogDeterminantBefore is null ? null : _activations[affine.LogDeterminantBefore],
        _activations[affine.LogDeterminant], affine.Output.Width, _stride, padded);

    private void Forward(FlowNormForward norm, FoldedNetwork network, int padded)
    {
        for (int j = 0; j < norm.Norm.Width; j++)
        {
            nint at = (nint)j * _stride;
            Activate.Forward<T>(
                _activations[norm.Input] + at, _activations[norm.Output] + at, padded, network.Scale(norm.Norm)[j],
                network.Shift(norm.Norm)[j], 1);
        }

        Elementwise.Add<T>(
            _activations[norm.LogDeterminantBefore], network.LogDeterminant(norm.Norm), _activations[norm.LogDeterminant], padded);
    }

    private void Distances(ScoreOutput score, FoldedNetwork network, int padded)
    {
        float* output = _activations[score.Output];
        float* center = score.LogDeterminant is null ? network.Center.Pointer : _origin.Pointer;
        if (score.Target is null)
            SquaredDistance.FromCenter<T>(output, center, score.Output.Width, _stride, padded, _distances.Pointer);
        else
            SquaredDistance.FromTarget<T>(output, _activations[score.Target], score.Output.Width, _stride, padded, _distances.Pointer);
        if (score.LogDeterminant is not null)
            LogLikelihood.Score<T>(_distances.Pointer, _activations[score.LogDeterminant], score.Output.Width, padded);
    }
}
