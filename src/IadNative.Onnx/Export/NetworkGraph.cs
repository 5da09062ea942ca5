using IadNative.Compute;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Operations;
using IadNative.Detectors;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx.Export;

/// <summary>
/// The scoring of networks of one plan, all of them together: values are n × width where there is one network, and otherwise
/// networks × n × width, or n × width for what all have in common.
/// </summary>
internal sealed partial class NetworkGraph
{
    private readonly OnnxGraph _graph;
    private readonly DetectorMember[] _members;
    private readonly Plan _plan;
    private readonly string _prepared;
    private readonly Dictionary<string, string> _values = [];

    private NetworkGraph(OnnxGraph graph, DetectorMember[] members, string prepared) =>
        (_graph, _members, _plan, _prepared) = (graph, members, members[0].Plan, prepared);

    /// <summary>Adds the networks.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="members">One or more of the same plan.</param>
    /// <param name="prepared">n × D prepared features, of which each sees its own.</param>
    /// <returns>networks × n scores, float32; NaN where a feature that the network sees is not finite.</returns>
    public static string Scores(OnnxGraph graph, DetectorMember[] members, string prepared)
    {
        // Convolutions have no place for networks beside samples.
        if (members.Length > 1 && members[0].Plan.Scoring.Any(operation => operation is ConvForward))
            return graph.Add("Concat", [.. members.Select(member => Scores(graph, [member], prepared))], ("axis", 0));
        return new NetworkGraph(graph, members, prepared).Scores();
    }

    private bool IsOne => _members.Length == 1;

    private string Scores()
    {
        foreach (PlanOperation operation in _plan.Scoring) Add(operation);
        string features = this[_plan.Scoring[0].Writes.First()];
        string scores = _graph.Add("Reshape", [this[_plan.Scores], _graph.Integers(_members.Length, OnnxGraph.AnyRows)]);
        return _graph.Add("Add", [scores, SumOver(_graph.Add("Sub", [features, features]))]);
    }

    // What an operation before has written.
    private string this[Activation activation]
    {
        get => _values[activation.Name];
        set => _values[activation.Name] = value;
    }

    private void Add(PlanOperation operation)
    {
        switch (operation)
        {
            case GatherBatch own: Add(own); break;
            case DenseForward own: Add(own); break;
            case ConvForward own: Add(own); break;
            case ResidualForward own: Add(own); break;
            case SigmoidForward own: this[own.Output] = _graph.Add("Sigmoid", [this[own.Input]]); break;
            case RowNormalizeForward own: Add(own); break;
            case AffineForward own: Add(own); break;
            case FlowNormForward own: Add(own); break;
            case SquaredDistance own: Add(own); break;
            case NegativeLogLikelihood own: Add(own); break;
            case OutputScore own: this[own.Scores] = this[own.Output]; break;
            case KernelRegression own: Add(own); break;
            default: throw new NotSupportedException($"The operation {operation.GetType().Name} has no form in ONNX.");
        }
    }

    private void Add(GatherBatch gather)
    {
        int[]? features = _members[0].Features;
        int width = _plan.Features;
        bool isShared = _members.All(member => ReferenceEquals(member.Features, features)
            && member.Scaler.Offset.AsSpan().SequenceEqual(_members[0].Scaler.Offset)
            && member.Scaler.Scale.AsSpan().SequenceEqual(_members[0].Scaler.Scale));
        string x = _prepared;
        if (isShared)
        {
            if (features is not null) x = _graph.Add("Gather", [x, Places(features, width)], ("axis", 1));
            x = _graph.Add("Sub", [x, _graph.Constant(_members[0].Scaler.Offset, width)]);
            this[gather.Output] = _graph.Add("Mul", [x, _graph.Constant(_members[0].Scaler.Scale, width)]);
            return;
        }

        int[] all = [.. Enumerable.Range(0, width)];
        x = _graph.Add("Gather", [x, Places([.. _members.SelectMany(member => member.Features ?? all)], _members.Length, width)], ("axis", 1));
        x = _graph.Add("Transpose", [x], ("perm", (int[])[1, 0, 2]));
        x = _graph.Add("Sub", [x, PerNetwork(k => _members[k].Scaler.Offset, 1, width)]);
        this[gather.Output] = _graph.Add("Mul", [x, PerNetwork(k => _members[k].Scaler.Scale, 1, width)]);
    }

    private string Places(int[] features, params ReadOnlySpan<long> shape) =>
        _graph.Constant(Array.ConvertAll(features, feature => (long)feature), shape);

    // The numbers of all networks, one behind the other.
    private string PerNetwork(Func<int, float[]> numbers, params ReadOnlySpan<long> shape) =>
        _graph.Constant([.. Enumerable.Range(0, _members.Length).SelectMany(numbers)], ShapeOf(shape));

    // A vector of each network.
    private string PerNetwork(Func<int, double[]> numbers, params ReadOnlySpan<long> shape) =>
        _graph.Constant([.. Enumerable.Range(0, _members.Length).SelectMany(numbers)], ShapeOf(shape));

    private long[] ShapeOf(ReadOnlySpan<long> shape) => IsOne ? [.. shape] : [_members.Length, .. shape];

    private string SumOver(string value) => _graph.Add("ReduceSum", [value, _graph.Integers(-1)], ("keepdims", 0));

    private float[] State(int k, TensorSlot slot) => _members[k].Trained.State[slot.Offset..(slot.Offset + slot.Length)];

    private TrainedNumbers Numbers(int k) => new(_members[k].Trained.Parameters, _members[k].Trained.Statistics, _members[k].Trained.State);
}
