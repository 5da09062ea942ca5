using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Data;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>
/// The scoring of a plan, compiled for blocks of samples. Its operations find their activations here, row-major, as
/// <see cref="Rows"/> work on them, or feature-major where lanes are samples: both are laid out where the two meet. They also
/// reserve room here in every network that is folded for this program.
/// </summary>
internal sealed unsafe class ScoringProgram<T>
    where T : struct, ILanes<T>
{
    private readonly int _blockRows;
    private readonly Dictionary<string, (FloatBuffer Buffer, RowActivation Activation)> _rows = [];
    private readonly Dictionary<string, FloatBuffer> _features = [], _scores = [];
    private readonly Dictionary<string, int> _constants = [];
    private readonly List<ScoringStep> _steps = [];
    private readonly ScoringStep[] _folding;
    private int _length, _scratch;

    /// <summary>Compiles a plan for blocks of up to <paramref name="blockRows"/> samples.</summary>
    /// <exception cref="NotSupportedException">An operation is unknown or has no sense in scoring.</exception>
    /// <exception cref="ArgumentException">An operation reads what none before it has written.</exception>
    public ScoringProgram(Plan plan, int blockRows)
    {
        _blockRows = blockRows;
        FeatureStride = Padding.Stride(blockRows);
        foreach (PlanOperation operation in plan.Scoring)
        {
            CpuOperation<T>? found = OperationRegistry.Find<T>(operation);
            _steps.Add(found?.InScoring(this) ?? throw OperationRegistry.Refusal(operation, "in scoring"));
            MultiplyAddsPerRow += found.Products.Sum(product => product.MultiplyAdds);
        }

        Input = InRows(plan.Scoring[0].Writes.First());
        Output = InRows(plan.Output);
        Scores = _scores.TryGetValue(plan.Scores.Name, out FloatBuffer? scores) ? scores.Pointer : throw Unwritten(plan.Scores);
        Steps = [.. _steps];
        Explaining = OperationRegistry.Find<T>(plan.Fit ?? plan.Scoring[^1])?.InExplaining(this) ?? RescaleExplaining<T>.Of(this);
        _folding = Explaining is null ? Steps : [.. Steps, Explaining];
    }

    /// <summary>Where the standardised samples of a block go.</summary>
    public RowActivation Input { get; }

    /// <summary>The network's output.</summary>
    public RowActivation Output { get; }

    /// <summary>The score of each sample of a block.</summary>
    public float* Scores { get; }

    /// <summary>What is done with a block.</summary>
    public ScoringStep[] Steps { get; }

    /// <summary>What tells the scores of a block apart by features; null where nothing does.</summary>
    public ExplainingStep? Explaining { get; }

    /// <summary>Multiply-adds of products of matrices, per row.</summary>
    public long MultiplyAddsPerRow { get; }

    /// <summary>Whether lanes are samples somewhere, so that a vector of them costs as much as one does.</summary>
    public bool HasFeatureMajor => _features.Count > 0;

    /// <summary>Floats between two features of an activation that lies feature-major.</summary>
    public int FeatureStride { get; }

    /// <summary>Room for a network.</summary>
    public FoldedNetwork CreateNetwork(FeatureView features) =>
        new(features, _folding, _length, _scratch, _constants.Count);

    /// <summary>Reserves room in a network, in whole vectors, and says where it is.</summary>
    public int Reserve(int length)
    {
        int place = _length;
        _length = checked(_length + Padding.RoundUp(length, T.Count));
        return place;
    }

    /// <summary>Asks for so much room in <see cref="FoldedNetwork.Scratch"/>.</summary>
    public void ReserveScratch(int length) => _scratch = Math.Max(_scratch, length);

    /// <summary>Which constant of a network belongs to an activation.</summary>
    public int ConstantOf(Activation activation)
    {
        if (!_constants.TryGetValue(activation.Name, out int index)) _constants[activation.Name] = index = _constants.Count;
        return index;
    }

    /// <summary>Makes an activation, row-major; a vector longer than it is, since an affine map may read past the end.</summary>
    public RowActivation MakeRows(Activation activation)
    {
        int stride = Padding.RoundUp(activation.Width, T.Count);
        var buffer = new FloatBuffer(checked((_blockRows * stride) + T.Count));
        var rows = new RowActivation(buffer.Pointer, activation.Width, stride);
        _rows[activation.Name] = (buffer, rows);
        return rows;
    }

    /// <summary>Makes an activation that differs from one that there is in nothing but its constant.</summary>
    public void MakeSameRows(Activation activation, Activation same) => _rows[activation.Name] = Find(same);

    /// <summary>Makes an activation, feature-major.</summary>
    public float* MakeFeatures(Activation activation)
    {
        var buffer = new FloatBuffer(checked(activation.Width * FeatureStride));
        _features[activation.Name] = buffer;
        return buffer.Pointer;
    }

    /// <summary>Makes scores, one float per sample.</summary>
    public float* MakeScores(Activation activation)
    {
        var buffer = new FloatBuffer(_blockRows);
        _scores[activation.Name] = buffer;
        return buffer.Pointer;
    }

    /// <summary>An activation that an operation before has made, row-major.</summary>
    public RowActivation InRows(Activation activation)
    {
        if (_rows.TryGetValue(activation.Name, out (FloatBuffer, RowActivation Activation) found)) return found.Activation;
        if (!_features.TryGetValue(activation.Name, out FloatBuffer? features)) throw Unwritten(activation);
        RowActivation rows = MakeRows(activation);
        _steps.Add(new TransposeStep<T>(rows, features.Pointer, FeatureStride, toFeatures: false));
        return rows;
    }

    /// <summary>An activation that an operation before has made, feature-major.</summary>
    public float* InFeatures(Activation activation)
    {
        if (_features.TryGetValue(activation.Name, out FloatBuffer? found)) return found.Pointer;
        RowActivation rows = Find(activation).Activation;
        float* features = MakeFeatures(activation);
        _steps.Add(new TransposeStep<T>(rows, features, FeatureStride, toFeatures: true));
        return features;
    }

    private (FloatBuffer Buffer, RowActivation Activation) Find(Activation activation) =>
        _rows.TryGetValue(activation.Name, out (FloatBuffer, RowActivation) found) ? found : throw Unwritten(activation);

    private static ArgumentException Unwritten(Activation activation) =>
        new($"No operation of the plan's scoring writes '{activation.Name}' before it is read.");
}
