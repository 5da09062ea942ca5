using IadNative.Bench.Detection;

namespace IadNative.Bench.Refit;

/// <summary>A data set in two halves: one to fit a detector on, one that came later and may have drifted.</summary>
/// <param name="data">The data set.</param>
internal sealed class DriftedHalves(Dataset data)
{
    private const double MostShift = 2, Turned = 0.6;

    private readonly (double Mean, double Deviation)[] _columns = [.. Enumerable.Range(0, data.Columns).Select(j => Moments(data, j))];

    /// <summary>
    /// The kinds: no drift; every second column is shifted by up to two standard deviations and scaled by a half to two; the same, but
    /// growing from none over the rows; each standardised column z becomes 0.8·z + 0.6·(its neighbour's), so that what goes together changes.
    /// </summary>
    public static readonly string[] Kinds = ["none", "moved", "sliding", "mixed"];

    /// <summary>The half of the rows that came first.</summary>
    public Dataset Earlier => Take(half: 0, Kinds[0]);

    /// <summary>The other half.</summary>
    /// <param name="kind">What became of it.</param>
    public Dataset Later(string kind) => Take(half: 1, kind);

    private Dataset Take(uint half, string kind)
    {
        int[] rows = [.. Enumerable.Range(0, data.Rows).Where(row => (RowCut.Hash(row) & 1) == half)];
        if (kind == "sliding") rows = [.. rows.OrderBy(row => RowCut.Hash(row))]; // sets are often sorted by their labels
        int columns = data.Columns;
        float[] values = new float[rows.Length * columns];
        var random = new System.Random(3);
        (double Shift, double Scale)[] moves =
            [.. _columns.Select(_ => (MostShift * ((2 * random.NextDouble()) - 1), Math.Pow(2, (2 * random.NextDouble()) - 1)))];
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<float> row = data.Row(rows[i]);
            double share = kind == "sliding" ? (double)i / rows.Length : 1;
            for (int j = 0; j < columns; j++)
            {
                (double mean, double deviation) = _columns[j];
                double z = Standard(row, j);
                if (kind == "mixed") z = (0.8 * z) + (Turned * Standard(row, (j + 1) % columns));
                else if (kind != "none" && j % 2 == 0) z = (z * (1 + (share * (moves[j].Scale - 1)))) + (share * moves[j].Shift);
                values[(i * columns) + j] = kind == "none" ? row[j] : (float)(mean + (deviation * z));
            }
        }

        return new Dataset(data.Name, values, rows.Length, columns, [.. rows.Select(row => data.Labels![row])]);
    }

    private double Standard(ReadOnlySpan<float> row, int column)
    {
        (double mean, double deviation) = _columns[column];
        return deviation > 0 ? (row[column] - mean) / deviation : 0;
    }

    private static (double Mean, double Deviation) Moments(Dataset data, int column)
    {
        double mean = Enumerable.Range(0, data.Rows).Average(row => (double)data.Row(row)[column]);
        return (mean, Math.Sqrt(Enumerable.Range(0, data.Rows).Average(row => Math.Pow(data.Row(row)[column] - mean, 2))));
    }
}
