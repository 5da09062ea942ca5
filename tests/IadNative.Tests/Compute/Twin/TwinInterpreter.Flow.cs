using System.Numerics;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;

namespace IadNative.Tests.Compute.Twin;

/// <content>The blocks of flows: affine maps and batch norm.</content>
internal sealed partial class TwinInterpreter<T>
{
    private void Forward(AffineForward affine)
    {
        int d = affine.Output.Width;
        T[] x = this[affine.Input], map = this[affine.Affine], u = new T[x.Length], after = new T[_rows.Length];
        for (int s = 0; s < _rows.Length; s++)
        {
            if (affine.LogDeterminantBefore is not null) after[s] = this[affine.LogDeterminantBefore][s];
            for (int j = 0; j < d; j++)
            {
                (T mean, T logScale) = (map[(2 * s * d) + j], map[(2 * s * d) + d + j]);
                u[(s * d) + j] = (x[(s * d) + j] - mean) * Exp(-logScale);
                after[s] -= logScale;
            }
        }

        (this[affine.Output], this[affine.LogDeterminant]) = (u, after);
    }

    private void Backward(AffineBackward affine)
    {
        int d = affine.Output.Width;
        T[] map = this[affine.Affine], u = this[affine.Output], du = this[affine.OutputGradient];
        T[] mapGradient = new T[map.Length], dx = new T[u.Length];
        T count = T.CreateChecked(_rows.Length);
        for (int s = 0; s < _rows.Length; s++)
        {
            T share = T.CreateChecked(ImportanceWeights[_rows[s]]) / count;
            for (int j = 0; j < d; j++)
            {
                int i = (s * d) + j, mean = (2 * s * d) + j, logScale = mean + d;
                dx[i] = du[i] * Exp(-map[logScale]);
                mapGradient[mean] = -dx[i];
                mapGradient[logScale] = share - (du[i] * u[i]);
            }
        }

        this[affine.AffineGradient] = mapGradient;
        if (affine.InputGradient is not null) this[affine.InputGradient] = dx;
    }

    private void Forward(FlowNormForward forward, bool training)
    {
        FlowNorm norm = forward.Norm;
        int samples = _rows.Length, d = norm.Width;
        T count = T.CreateChecked(samples), epsilon = T.CreateChecked(1e-5), momentum = T.CreateChecked(0.1);
        T[] x = this[forward.Input], y = new T[x.Length], normalized = new T[x.Length], inverse = new T[d];
        T logDeterminant = T.Zero;
        for (int j = 0; j < d; j++)
        {
            ref T runningMean = ref State.Statistics[norm.RunningMean.Offset + j];
            ref T runningVariance = ref State.Statistics[norm.RunningVariance.Offset + j];
            T mean = runningMean, variance = runningVariance, logScale = State.Parameters[norm.LogScale.Offset + j];
            if (training)
            {
                mean = Sum(s => x[(s * d) + j]) / count;
                variance = Sum(s => (x[(s * d) + j] - mean) * (x[(s * d) + j] - mean)) / (count - T.One);
                runningMean = ((T.One - momentum) * runningMean) + (momentum * mean);
                runningVariance = ((T.One - momentum) * runningVariance) + (momentum * variance);
            }

            inverse[j] = T.One / T.Sqrt(variance + epsilon);
            logDeterminant += logScale - (T.Log(variance + epsilon) / T.CreateChecked(2));
            for (int s = 0; s < samples; s++)
            {
                int i = (s * d) + j;
                normalized[i] = (x[i] - mean) * inverse[j];
                y[i] = (Exp(logScale) * normalized[i]) + State.Parameters[norm.Shift.Offset + j];
            }
        }

        _normalizations[norm.LogScale.Name] = (normalized, inverse);
        this[forward.Output] = y;
        this[forward.LogDeterminant] = [.. this[forward.LogDeterminantBefore].Select(before => before + logDeterminant)];
    }

    // With x̂ = (x − μ)/√(v + ε), v = Σ (x − μ)²/(B − 1), y = e^γ·x̂ + b and the log-determinant's weight W = Σ w/B:
    // dx̂ = e^γ·dy; through v, dv = −½/(v + ε)·(Σ dx̂·x̂ − W); through μ, −mean; dv/dx = 2(x − μ)/(B − 1).
    private void Backward(FlowNormBackward backward)
    {
        FlowNorm norm = backward.Norm;
        int samples = _rows.Length, d = norm.Width;
        T count = T.CreateChecked(samples), two = T.CreateChecked(2);
        (T[] normalized, T[] inverse) = _normalizations[norm.LogScale.Name];
        T[] dy = this[backward.OutputGradient], dx = new T[dy.Length];
        T weight = Sum(s => T.CreateChecked(ImportanceWeights[_rows[s]])) / count;
        for (int j = 0; j < d; j++)
        {
            T scale = Exp(State.Parameters[norm.LogScale.Offset + j]);
            T pull = Sum(s => scale * dy[(s * d) + j] * normalized[(s * d) + j]) - weight;
            T shift = Sum(s => dy[(s * d) + j]), variancePull = -pull * inverse[j] * inverse[j] / two;
            Gradient[norm.LogScale.Offset + j] = pull;
            Gradient[norm.Shift.Offset + j] = shift;
            for (int s = 0; s < samples; s++)
            {
                int i = (s * d) + j;
                T deviation = normalized[i] / inverse[j];
                dx[i] = (scale * inverse[j] * (dy[i] - (shift / count))) + (variancePull * two * deviation / (count - T.One));
            }
        }

        this[backward.InputGradient] = dx;
    }
}
