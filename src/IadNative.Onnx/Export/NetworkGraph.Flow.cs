using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Onnx.Export;

/// <summary>
/// Flows. The log-determinant of a sample is a constant of the network less a sum over the sample: of both, a value is the sum, and what
/// is the same for all samples comes in at the end, in float64.
/// </summary>
internal sealed partial class NetworkGraph
{
    private readonly Dictionary<string, double[]> _logDeterminants = [];

    private void Add(AffineForward affine)
    {
        int d = affine.Output.Width;
        string[] parts = _graph.Add("Split", [this[affine.Affine], _graph.Integers(d, d)], 2, ("axis", -1));
        string scale = _graph.Add("Exp", [_graph.Add("Neg", [parts[1]])]), sum = SumOver(parts[1]);
        this[affine.Output] = _graph.Add("Mul", [_graph.Add("Sub", [this[affine.Input], parts[0]]), scale]);
        this[affine.LogDeterminant] = affine.LogDeterminantBefore is { } before ? _graph.Add("Add", [this[before], sum]) : sum;
        _logDeterminants[affine.LogDeterminant.Name] =
            affine.LogDeterminantBefore is { } earlier ? _logDeterminants[earlier.Name] : new double[_members.Length];
    }

    private void Add(FlowNormForward forward)
    {
        FlowNorm norm = forward.Norm;
        double[] constants = [.. _logDeterminants[forward.LogDeterminantBefore.Name]];
        float[][] scales = new float[_members.Length][], shifts = new float[_members.Length][];
        for (int k = 0; k < _members.Length; k++)
        {
            (float[] parameters, float[] statistics) = (_members[k].Trained.Parameters, _members[k].Trained.Statistics);
            (scales[k], shifts[k]) = (new float[norm.Width], new float[norm.Width]);
            for (int j = 0; j < norm.Width; j++)
            {
                float logScale = parameters[norm.LogScale.Offset + j], variance = statistics[norm.RunningVariance.Offset + j] + FlowNorm.Epsilon;
                scales[k][j] = MathF.Exp(logScale) / MathF.Sqrt(variance);
                shifts[k][j] = parameters[norm.Shift.Offset + j] - (scales[k][j] * statistics[norm.RunningMean.Offset + j]);
                constants[k] += logScale - (0.5 * Math.Log(variance));
            }
        }

        string x = _graph.Add("Mul", [this[forward.Input], PerNetwork(k => scales[k], RowShape(norm.Width))]);
        this[forward.Output] = _graph.Add("Add", [x, PerNetwork(k => shifts[k], RowShape(norm.Width))]);
        this[forward.LogDeterminant] = this[forward.LogDeterminantBefore];
        _logDeterminants[forward.LogDeterminant.Name] = constants;
    }

    private void Add(NegativeLogLikelihood likelihood)
    {
        double[] constants = _logDeterminants[likelihood.LogDeterminant.Name];
        double normal = likelihood.Output.Width / 2.0 * Math.Log(2 * Math.PI);
        string squares = SumOfSquares(this[likelihood.Output]);
        string sum = _graph.Add("Add", [_graph.Add("Mul", [squares, _graph.Constant([0.5f])]), this[likelihood.LogDeterminant]]);
        this[likelihood.Scores] = _graph.Add("Add", [sum, PerNetwork(k => (float[])[(float)(normal - constants[k])], 1)]);
    }
}
