using System.Numerics;

namespace IadNative.Bench.Images;

/// <summary>The squared error of rows that are reconstructed from their first principal components.</summary>
internal static class PrincipalComponents
{
    private const int Components = 32, Iterations = 30;

    /// <summary>The scores of the rows that the components are of.</summary>
    /// <param name="data">The rows.</param>
    public static float[] Scores(Dataset data)
    {
        int columns = data.Columns;
        float[] mean = [.. Enumerable.Range(0, columns).Select(j => (float)Enumerable.Range(0, data.Rows).Average(i => (double)data.Row(i)[j]))];
        float[][] rows = [.. Enumerable.Range(0, data.Rows).Select(i => data.Row(i).ToArray().Zip(mean, (x, m) => x - m).ToArray())];
        float[][] axes = Axes(Covariance(rows, columns), columns);
        return Array.ConvertAll(rows, row => (float)Math.Max(0, Dot(row, row) - axes.Sum(axis => Math.Pow(Dot(axis, row), 2))));
    }

    private static float[][] Covariance(float[][] rows, int columns)
    {
        float[][] covariance = [.. Enumerable.Range(0, columns).Select(_ => new float[columns])];
        foreach (float[] row in rows)
        {
            for (int j = 0; j < columns; j++) AddTo(covariance[j], row[j] / rows.Length, row);
        }

        return covariance;
    }

    // Orthogonal iteration from random directions, whose seed does not matter to where it ends.
    private static float[][] Axes(float[][] covariance, int columns)
    {
        var random = new System.Random(1);
        float[][] axes = [.. Enumerable.Range(0, Math.Min(Components, columns)).Select(_ => Enumerable.Range(0, columns).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            axes = Array.ConvertAll(axes, axis => Array.ConvertAll(covariance, line => (float)Dot(line, axis)));
            for (int k = 0; k < axes.Length; k++)
            {
                for (int before = 0; before < k; before++) AddTo(axes[k], -(float)Dot(axes[k], axes[before]), axes[before]);
                float length = (float)Math.Sqrt(Dot(axes[k], axes[k]));
                if (length > 0) axes[k] = Array.ConvertAll(axes[k], x => x / length);
            }
        }

        return axes;
    }

    private static void AddTo(Span<float> sums, float factor, ReadOnlySpan<float> values)
    {
        if (factor == 0) return;
        var wide = new Vector<float>(factor);
        int i = 0;
        for (; i <= sums.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + (wide * new Vector<float>(values[i..]))).CopyTo(sums[i..]);
        for (; i < sums.Length; i++) sums[i] += factor * values[i];
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count) sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        double sum = Vector.Sum(sums);
        for (; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
