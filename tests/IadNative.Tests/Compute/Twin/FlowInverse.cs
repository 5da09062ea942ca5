using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

/// <summary>The inverse of a flow in scoring mode, from u to x: its plan walked backwards, in float64.</summary>
internal sealed class FlowInverse(Plan plan, TwinState<double> state)
{
    /// <summary>The standardised sample that the flow maps to <paramref name="u"/>, and log|det ∂x/∂u|.</summary>
    public (double[] X, double LogDeterminant) Run(ReadOnlySpan<double> u)
    {
        double[] values = u.ToArray();
        double logDeterminant = 0;
        var layers = new Stack<DenseLayer>();
        AffineForward? affine = null;
        foreach (PlanOperation operation in plan.Scoring.Reverse())
        {
            switch (operation)
            {
                case NegativeLogLikelihood: break;
                case FlowNormForward norm:
                    Close();
                    logDeterminant += Undo(norm.Norm, values);
                    break;
                case AffineForward map:
                    Close();
                    affine = map;
                    break;
                case DenseForward dense: layers.Push(dense.Layer); break;
                case GatherBatch: Close(); break;
                default: throw new NotSupportedException(operation.ToString());
            }
        }

        return (values, logDeterminant);

        // A block ends where the one before it begins.
        void Close()
        {
            if (affine is not null) logDeterminant += Undo([.. layers], values);
            affine = null;
            layers.Clear();
        }
    }

    private double Undo(FlowNorm norm, double[] y)
    {
        double logDeterminant = 0;
        for (int j = 0; j < y.Length; j++)
        {
            double logScale = state.Parameters[norm.LogScale.Offset + j];
            double variance = state.Statistics[norm.RunningVariance.Offset + j] + 1e-5;
            y[j] = ((y[j] - state.Parameters[norm.Shift.Offset + j]) / Math.Exp(logScale) * Math.Sqrt(variance))
                + state.Statistics[norm.RunningMean.Offset + j];
            logDeterminant -= logScale - (Math.Log(variance) / 2);
        }

        return logDeterminant;
    }

    // x = u·exp(a) + m, where m and a depend on earlier features only: each pass sets one more feature right.
    private double Undo(DenseLayer[] layers, double[] u)
    {
        int d = u.Length;
        double[] x = new double[d];
        double[] map = [];
        for (int pass = 0; pass <= d; pass++)
        {
            map = layers.Aggregate(x, (input, layer) => Forward(layer, input));
            for (int j = 0; j < d; j++) x[j] = (u[j] * Math.Exp(map[d + j])) + map[j];
        }

        x.CopyTo(u, 0);
        return map[d..].Sum();
    }

    private double[] Forward(DenseLayer layer, double[] input)
    {
        double[] output = new double[layer.Outputs];
        for (int o = 0; o < output.Length; o++)
        {
            double sum = state.Parameters[layer.Bias!.Offset + o];
            for (int i = 0; i < input.Length; i++)
                sum += state.Parameters[layer.Weight.Offset + (o * layer.Inputs) + i] * input[i];
            output[o] = sum > 0 ? sum : layer.Slope * sum;
        }

        return output;
    }
}
