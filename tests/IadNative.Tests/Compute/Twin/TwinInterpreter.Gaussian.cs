using System.Numerics;
using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

internal sealed partial class TwinInterpreter<T>
{
    /// <summary>A Gaussian from all rows of a replica: means, covariance, ridge, Cholesky factor and its inverse, one after the other.</summary>
    public void Fit(GaussianFit fit, ReadOnlySpan<int> rows)
    {
        _rows = rows.ToArray();
        Gather(fit.Gather);
        T[] x = this[fit.Gather.Output];
        int d = fit.Mean.Length;
        T[] weights = [.. _rows.Select(row => T.CreateChecked(ImportanceWeights[row]))], mean = new T[d];
        T sum = Sum(s => weights[s]), squares = Sum(s => weights[s] * weights[s]), features = T.CreateChecked(d);
        for (int j = 0; j < d; j++) mean[j] = Sum(s => weights[s] * x[(s * d) + j]) / sum;
        T[,] covariance = new T[d, d], factor = new T[d, d];
        T trace = T.Zero, scatter = T.Zero;
        for (int i = 0; i < d; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                T product = Sum(s => weights[s] * (x[(s * d) + i] - mean[i]) * (x[(s * d) + j] - mean[j])) / sum;
                covariance[i, j] = covariance[j, i] = product;
            }

            trace += covariance[i, i];
        }

        T lambda = T.Clamp(T.CreateChecked(0.1) * features * squares / (sum * sum), T.CreateChecked(0.001), T.One);
        T ridge = lambda * T.Max(trace / features, T.CreateChecked(1e-12));
        for (int i = 0; i < d; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                T rest = ((T.One - lambda) * covariance[i, j]) + (i == j ? ridge : T.Zero);
                for (int k = 0; k < j; k++) rest -= factor[i, k] * factor[j, k];
                factor[i, j] = i == j ? T.Sqrt(rest) : rest / factor[j, j];
            }
        }

        T[,] inverse = new T[d, d];
        for (int j = 0; j < d; j++)
        {
            for (int i = j; i < d; i++)
            {
                T rest = i == j ? T.One : T.Zero;
                for (int k = j; k < i; k++) rest -= factor[i, k] * inverse[k, j];
                inverse[i, j] = rest / factor[i, i];
            }
        }

        for (int i = 0; i < d; i++)
        {
            T center = T.Zero;
            for (int j = 0; j < d; j++)
            {
                State.Parameters[fit.Factor.Offset + (i * d) + j] = inverse[i, j];
                center += inverse[i, j] * mean[j];
            }

            (State.State[fit.Mean.Offset + i], State.State[fit.Center.Offset + i]) = (mean[i], center);
        }

        // The scores themselves, for the loss.
        for (int s = 0; s < _rows.Length; s++)
        {
            for (int i = 0; i < d; i++)
            {
                T whitened = T.Zero;
                for (int j = 0; j <= i; j++) whitened += inverse[i, j] * (x[(s * d) + j] - mean[j]);
                scatter += weights[s] * whitened * whitened;
            }
        }

        Loss = scatter;
    }
}
