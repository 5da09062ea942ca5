using IadNative.Random;

namespace IadNative.Bench.Detection;

/// <summary>Data of any size with anomalies that are not hard to find.</summary>
internal static class SyntheticData
{
    /// <summary>The share of rows that are anomalies.</summary>
    public const double AnomalyShare = 0.05;

    /// <summary>An anomaly's features are uniform between minus this and this; the others' are standard Gaussian.</summary>
    public const float Reach = 4;

    /// <summary>n rows of d independent features; every twentieth is an anomaly.</summary>
    public static Dataset Create(int rows, int features, ulong seed)
    {
        int period = (int)Math.Round(1 / AnomalyShare);
        float[] values = new float[rows * features];
        bool[] labels = new bool[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = i % period == period - 1;
            for (int j = 0; j < features; j++)
            {
                (uint first, uint second, _, _) = Philox.Block(seed, (uint)i, (uint)j, 0, 0);
                double u = (first + 0.5) / 4294967296.0, v = (second + 0.5) / 4294967296.0;
                values[(i * features) + j] = (float)(labels[i]
                    ? Reach * ((2 * u) - 1)
                    : Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
            }
        }

        return new Dataset($"gaussian {rows} x {features}", values, rows, features, labels);
    }
}
