using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx.Export;

/// <summary>From what comes out of a network to its anomaly score.</summary>
internal sealed partial class NetworkGraph
{
    private void Add(SquaredDistance distance)
    {
        TensorSlot? center = distance.Center;
        string point = distance.Target is { } target ? this[target] : PerNetwork(k => State(k, center!), RowShape(center!.Length));
        string squares = SumOfSquares(_graph.Add("Sub", [this[distance.Output], point]));
        this[distance.Scores] = distance.IsRoot ? _graph.Add("Sqrt", [squares]) : squares;
    }

    // In float64: the coefficients of neighbouring points cancel each other.
    private void Add(KernelRegression regression)
    {
        (int points, int width) = (regression.Points.Rows, regression.Points.Columns);
        string transposed = PerNetwork(
            k => Array.ConvertAll(Transposed(State(k, regression.Points), points, width), number => (double)number), width, points);
        string product = _graph.Add("MatMul", [_graph.Cast(this[regression.Input], OnnxType.Double), transposed]);
        string below = _graph.Add("Min", [_graph.Add("Sub", [product, _graph.Constant([1d])]), _graph.Constant([0d])]);
        string near = _graph.Add("Exp", [_graph.Add("Div", [below, _graph.Constant([KernelRegression.LengthScaleSquared])])]);
        string kernel = _graph.Add("Add", [_graph.Add("Add", [near, product]), _graph.Constant([1d])]);
        string coefficients = PerNetwork(k => Array.ConvertAll(State(k, regression.Coefficients), number => (double)number), points, 1);
        this[regression.Scores] = _graph.Cast(_graph.Add("MatMul", [kernel, coefficients]), OnnxType.Float);
    }

    private string SumOfSquares(string x) => _graph.Add("ReduceSumSquare", [x], ("axes", (int[])[-1]), ("keepdims", 0));

    // A vector per network that meets n × width values.
    private long[] RowShape(int width) => IsOne ? [width] : [1, width];
}
