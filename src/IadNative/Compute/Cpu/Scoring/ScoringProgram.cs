using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>
/// The scoring of a plan, compiled for blocks of samples. Activations lie row-major, as <see cref="Rows"/> work on them; only
/// convolutions, whose lanes are samples, have theirs feature-major, so that both are laid out where the two meet.
/// </summary>
internal sealed unsafe class ScoringProgram<T>
    where T : struct, ILanes<T>
{
    private readonly int _blockRows, _featureStride;
    private readonly Dictionary<string, (FloatBuffer Buffer, RowActivation Activation)> _rows = [];
    private readonly Dictionary<string, FloatBuffer> _features = [];
    private readonly List<ScoringStep> _steps = [];
    private readonly FloatBuffer _scores;

    /// <summary>Compiles a plan for blocks of up to <paramref name="blockRows"/> samples.</summary>
    public ScoringProgram(Plan plan, int blockRows)
    {
        _blockRows = blockRows;
        _featureStride = Padding.Stride(blockRows);
        _scores = new FloatBuffer(blockRows);
        for (int i = 0; i < plan.Scoring.Count; i++) Compile(i, plan.Scoring[i]);
        if (plan.Scoring[0] is not GatherBatch gather) throw new ArgumentException("Scoring starts with a batch.", nameof(plan));
        Input = _rows[gather.Output.Name].Activation;
        Output = InRows(plan.Output);
        Steps = [.. _steps];
    }

    /// <summary>Where the standardised samples of a block go.</summary>
    public RowActivation Input { get; }

    /// <summary>The network's output.</summary>
    public RowActivation Output { get; }

    /// <summary>The score of each sample of a block.</summary>
    public float* Scores => _scores.Pointer;

    /// <summary>What follows once the samples are in.</summary>
    public ScoringStep[] Steps { get; }

    private void Compile(int index, PlanOperation operation)
    {
        switch (operation)
        {
            case GatherBatch gather:
                MakeRows(gather.Output);
                break;
            case DenseForward dense:
                _steps.Add(new DenseStep<T>(index, dense.Layer, InRows(dense.Input), MakeRows(dense.Output)));
                break;
            case ConvForward conv:
                _steps.Add(new ConvStep<T>(index, conv.Layer, InFeatures(conv.Input), MakeFeatures(conv.Output), _featureStride));
                break;
            case AffineForward affine:
                _steps.Add(new AffineStep<T>(
                    InRows(affine.Input), InRows(affine.Affine), MakeRows(affine.Output),
                    affine.LogDeterminantBefore is null ? null : InRows(affine.LogDeterminantBefore),
                    MakeRows(affine.LogDeterminant)));
                break;
            case FlowNormForward norm:
                _steps.Add(new FlowNormStep<T>(index, InRows(norm.Input), MakeRows(norm.Output)));
                _rows[norm.LogDeterminant.Name] = _rows[norm.LogDeterminantBefore.Name];
                break;
            case SquaredDistance score:
                _steps.Add(new SquaredDistanceStep<T>(
                    InRows(score.Output), score.Target is null ? null : InRows(score.Target), score.Center, _scores.Pointer));
                break;
            case NegativeLogLikelihood score:
                _steps.Add(new NegativeLogLikelihoodStep<T>(
                    InRows(score.Output), InRows(score.LogDeterminant), _scores.Pointer));
                break;
            default:
                throw new NotSupportedException($"The CPU engine has no scoring of {operation.GetType().Name}.");
        }
    }

    // A vector more than there is: an affine map may read past the end.
    private RowActivation MakeRows(Activation activation)
    {
        int stride = Padding.RoundUp(activation.Width, T.Count);
        var buffer = new FloatBuffer(checked((_blockRows * stride) + T.Count));
        var rows = new RowActivation(buffer.Pointer, activation.Width, stride);
        _rows[activation.Name] = (buffer, rows);
        return rows;
    }

    private float* MakeFeatures(Activation activation)
    {
        var buffer = new FloatBuffer(checked(activation.Width * _featureStride));
        _features[activation.Name] = buffer;
        return buffer.Pointer;
    }

    private RowActivation InRows(Activation activation)
    {
        if (_rows.TryGetValue(activation.Name, out (FloatBuffer, RowActivation Activation) found)) return found.Activation;
        RowActivation rows = MakeRows(activation);
        _steps.Add(new TransposeStep<T>(rows, _features[activation.Name].Pointer, _featureStride, toFeatures: false));
        return rows;
    }

    private float* InFeatures(Activation activation)
    {
        if (_features.TryGetValue(activation.Name, out FloatBuffer? found)) return found.Pointer;
        float* features = MakeFeatures(activation);
        _steps.Add(new TransposeStep<T>(_rows[activation.Name].Activation, features, _featureStride, toFeatures: true));
        return features;
    }
}
