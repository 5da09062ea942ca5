using IadNative;

/// <summary>
/// A table as a stream that drifts: its rows in random order, in windows. Halfway through, every other feature begins to move, and over
/// some windows it comes to lie elsewhere on another scale, as of a sensor that was replaced or of units that changed.
/// </summary>
/// <param name="data">The table.</param>
/// <param name="window">Rows of a window.</param>
internal sealed class DriftingStream(Dataset data, int window)
{
    private const int WindowsOfChange = 2;
    private const double Scale = 2.5, Shift = 3;

    private readonly int[] _order = Shuffled(data.Rows);

    private readonly (double Mean, double Deviation)[] _features = [.. Enumerable.Range(0, data.Columns).Select(j => Moments(data, j))];

    /// <summary>How many windows there are.</summary>
    public int Windows => data.Rows / window;

    /// <summary>The first window in which something moves.</summary>
    public int FirstOfChange => Windows / 2;

    /// <summary>Some neighbouring windows as one table.</summary>
    public Dataset Take(int first, int count)
    {
        int rows = count * window, columns = data.Columns;
        double[] values = new double[rows * columns];
        bool[] labels = new bool[rows];
        for (int i = 0; i < rows; i++)
        {
            int place = (first * window) + i;
            double change = Math.Clamp(((place / (double)window) - FirstOfChange) / WindowsOfChange, 0, 1);
            ReadOnlySpan<float> row = data.Row(_order[place]);
            for (int j = 0; j < columns; j++)
            {
                (double mean, double deviation) = _features[j];
                double moved = mean + (Scale * (row[j] - mean)) + (Shift * deviation);
                values[(i * columns) + j] = j % 2 == 0 ? row[j] + (change * (moved - row[j])) : row[j];
            }

            labels[i] = data.Labels![_order[place]];
        }

        return new Dataset($"windows {first} to {first + count - 1}", values, rows, columns, labels, data.FeatureNames);
    }

    private static int[] Shuffled(int rows)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        new Random(1).Shuffle(order);
        return order;
    }

    private static (double Mean, double Deviation) Moments(Dataset data, int column)
    {
        double mean = Enumerable.Range(0, data.Rows).Average(row => (double)data.Row(row)[column]);
        return (mean, Math.Sqrt(Enumerable.Range(0, data.Rows).Average(row => Math.Pow(data.Row(row)[column] - mean, 2))));
    }
}
