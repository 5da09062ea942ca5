namespace IadNative.Tests.Detectors;

/// <summary>
/// Tables with the faults of real data: 1,000 rows of two features, sums of 12 uniform numbers minus 6, of which the first 21 are
/// anomalies, 8 away in the first feature.
/// </summary>
internal static class MessyTable
{
    public const int Rows = 1000, Anomalies = 21;

    /// <param name="offset">Added to the first feature of all rows.</param>
    /// <param name="spike">The first feature of the first row; null leaves it as it is.</param>
    /// <param name="sentinels">The share of rows whose second feature is -999999.</param>
    public static Dataset Create(double offset = 0, double? spike = null, double sentinels = 0)
    {
        var random = new System.Random(7);
        double[] values = new double[2 * Rows];
        bool[] labels = new bool[Rows];
        for (int i = 0; i < Rows; i++)
        {
            labels[i] = i < Anomalies;
            for (int j = 0; j < 2; j++) values[(2 * i) + j] = Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
            values[2 * i] += offset + (labels[i] ? 8 : 0);
            if (random.NextDouble() < sentinels) values[(2 * i) + 1] = -999999;
        }

        if (spike is { } extreme) values[0] = extreme;
        return new Dataset("messy", values, Rows, 2, labels, ["a", "b"]);
    }
}
