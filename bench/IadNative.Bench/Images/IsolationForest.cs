namespace IadNative.Bench.Images;

/// <summary>An Isolation Forest (Liu et al., 2008) with its authors' settings: 100 trees of 256 rows each, cut off at depth 8.</summary>
internal static class IsolationForest
{
    private const int Trees = 100, SampleRows = 256, MostDepth = 8, Tries = 50;

    /// <summary>Anomaly scores of the rows that it is grown from: 2^(−mean path/c(256)).</summary>
    /// <param name="data">The rows.</param>
    /// <param name="seed">Of rows, columns and cuts.</param>
    public static float[] Scores(Dataset data, ulong seed)
    {
        var random = new System.Random((int)seed);
        double[] paths = new double[data.Rows];
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        for (int tree = 0; tree < Trees; tree++)
        {
            int[] sample = [.. rows];
            random.Shuffle(sample);
            Grow(data, random, sample[..Math.Min(SampleRows, sample.Length)], rows, 0, paths);
        }

        double typical = MeanPath(Math.Min(SampleRows, data.Rows));
        return Array.ConvertAll(paths, path => (float)Math.Pow(2, -path / Trees / typical));
    }

    // Adds to the path of every row that reaches this node how far the tree takes it from here.
    private static void Grow(Dataset data, System.Random random, int[] sample, int[] rows, int depth, double[] paths)
    {
        if (sample.Length > 1 && depth < MostDepth && Cut(data, random, sample) is var (column, at))
        {
            (int[] Low, int[] High) parts = Split(sample), all = Split(rows);
            Grow(data, random, parts.Low, all.Low, depth + 1, paths);
            Grow(data, random, parts.High, all.High, depth + 1, paths);
            return;

            (int[] Low, int[] High) Split(int[] some) => ([.. some.Where(row => data.Row(row)[column] < at)], [.. some.Where(row => data.Row(row)[column] >= at)]);
        }

        foreach (int row in rows) paths[row] += depth + MeanPath(sample.Length);
    }

    // Most pixels of a few images are all alike; another column is then drawn.
    private static (int Column, float At)? Cut(Dataset data, System.Random random, int[] sample)
    {
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            int column = random.Next(data.Columns);
            float least = sample.Min(row => data.Row(row)[column]), most = sample.Max(row => data.Row(row)[column]);
            if (most > least) return (column, least + ((1 - random.NextSingle()) * (most - least)));
        }

        return null;
    }

    // The mean path to a row of a tree of so many: 2 H(n − 1) − 2 (n − 1)/n.
    private static double MeanPath(int rows) =>
        rows < 2 ? 0 : (2 * Enumerable.Range(1, rows - 1).Sum(i => 1.0 / i)) - (2.0 * (rows - 1) / rows);
}
