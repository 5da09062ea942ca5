using IadNative.Metrics;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx.Export;

/// <summary>
/// Where a score stands among quantiles, as <see cref="Quantiles.Percentile"/> says. A score is looked up in two comparisons with a
/// vector each: which block of quantiles, and where in the block.
/// </summary>
internal sealed class PercentileGraph
{
    private const int BlockLength = 32;

    private readonly OnnxGraph _graph;
    private readonly List<float> _values = [];
    private readonly List<double> _first = [], _last = [];

    /// <summary>Percentiles among a grid of quantiles.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="grid">Ascending.</param>
    public PercentileGraph(OnnxGraph graph, float[] grid)
    {
        _graph = graph;

        // Each value once, with the places of its first and its last.
        for (int i = 0; i < grid.Length; i++)
        {
            if (_values.Count == 0 || grid[i] != _values[^1])
            {
                _values.Add(grid[i]);
                _first.Add(i);
                _last.Add(i);
            }

            _last[^1] = i;
        }
    }

    /// <summary>Adds the look-up.</summary>
    /// <param name="scores">n scores, float32, all finite.</param>
    /// <returns>n numbers of 0 to 100, float64.</returns>
    public string Add(string scores)
    {
        int values = _values.Count;
        double ends = _last[^1];

        // The values below a score are counted, so that there is one place more than values.
        string place = CountBelow(scores), before = _graph.Add("Max", [_graph.Add("Sub", [place, _graph.Constant([1L])]), _graph.Constant([0L])]);
        float[] padded = [.. _values, float.MaxValue];
        string table = _graph.Constant(padded, padded.Length);
        string above = _graph.Add("Gather", [table, place]), below = _graph.Add("Gather", [table, before]);
        string middle = _graph.Constant([.. _first.Zip(_last, (first, last) => (first + last) / 2), ends], values + 1);
        string last = _graph.Constant([.. _last, ends], values + 1);
        string wide = _graph.Cast(scores, OnnxType.Double), left = _graph.Cast(below, OnnxType.Double);
        string gap = _graph.Add("Sub", [_graph.Cast(above, OnnxType.Double), left]);
        string share = _graph.Add("Div", [_graph.Add("Sub", [wide, left]), gap]);
        string between = _graph.Add("Add", [_graph.Add("Gather", [last, before]), share]);
        string position = _graph.Add("Where", [_graph.Add("Equal", [scores, above]), _graph.Add("Gather", [middle, place]), between]);
        string zero = _graph.Constant([0d]);
        position = _graph.Add("Where", [_graph.Add("Less", [scores, _graph.Constant([_values[0]])]), zero, position]);
        position = _graph.Add("Where", [_graph.Add("Greater", [scores, _graph.Constant([_values[^1]])]), _graph.Constant([ends]), position]);
        return _graph.Add("Div", [_graph.Add("Mul", [position, _graph.Constant([100d])]), _graph.Constant([ends])]);
    }

    // The last value of every block but the last tells which block it is; a table has two blocks at least.
    private string CountBelow(string scores)
    {
        int blocks = Math.Max(2, (_values.Count + BlockLength - 1) / BlockLength);
        float[] table = new float[blocks * BlockLength];
        Array.Fill(table, float.PositiveInfinity);
        _values.CopyTo(table);
        float[] ends = [.. Enumerable.Range(1, blocks - 1).Select(block => table[(block * BlockLength) - 1])];
        string column = _graph.Add("Reshape", [scores, _graph.Integers(OnnxGraph.AnyRows, 1)]);
        string block = CountOf(_graph.Add("Less", [_graph.Constant(ends, 1, ends.Length), column]));
        string own = _graph.Add("Gather", [_graph.Constant(table, blocks, BlockLength), block]);
        string start = _graph.Add("Mul", [block, _graph.Constant([(long)BlockLength])]);
        return _graph.Add("Add", [start, CountOf(_graph.Add("Less", [own, column]))]);
    }

    private string CountOf(string flags) =>
        _graph.Add("ReduceSum", [_graph.Cast(flags, OnnxType.Int64), _graph.Integers(1)], ("keepdims", 0));
}
