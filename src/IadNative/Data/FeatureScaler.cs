namespace IadNative.Data;

/// <summary>
/// Brings features to a common scale: (x − offset)·scale. Those of tables are standardised by the mean and the inverse
/// population standard deviation of the data that the scaler was fitted on; those of images share one offset and scale.
/// Constant features have scale 0 and become 0.
/// </summary>
internal sealed class FeatureScaler
{
    /// <summary>A scaler with given values.</summary>
    /// <param name="offset">Subtracted from each of the d features.</param>
    /// <param name="scale">Multiplied with what is left.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a value is not finite.</exception>
    public FeatureScaler(float[] offset, float[] scale)
    {
        ArgumentNullException.ThrowIfNull(offset);
        ArgumentNullException.ThrowIfNull(scale);
        if (offset.Length != scale.Length)
            throw new ArgumentException($"There are {offset.Length} offsets but {scale.Length} scales.", nameof(scale));
        if (!Array.TrueForAll(offset, float.IsFinite) || !Array.TrueForAll(scale, float.IsFinite))
            throw new ArgumentException("An offset or scale is not finite.", nameof(offset));
        (Offset, Scale) = (offset, scale);
    }

    /// <summary>The scaler of no features.</summary>
    public static FeatureScaler None { get; } = new([], []);

    /// <summary>Subtracted from each of the d features.</summary>
    public float[] Offset { get; }

    /// <summary>Multiplied with what is left; 0 for a constant feature.</summary>
    public float[] Scale { get; }

    /// <summary>Fits mean and standard deviation in float64 over all rows.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="passes">Is told of the two passes over the rows; null for nobody.</param>
    /// <exception cref="ArgumentException">A feature spans more than float32 can hold.</exception>
    public static FeatureScaler Fit(Dataset data, RowPasses? passes = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        int columns = data.Columns;
        double[] sums = new double[columns];
        float[] low = data.Row(0).ToArray(), high = data.Row(0).ToArray();
        foreach ((int first, int end) in RowPasses.Stretches(passes, data.Rows))
        {
            for (int i = first; i < end; i++)
            {
                ReadOnlySpan<float> row = data.Row(i);
                for (int j = 0; j < columns; j++)
                {
                    sums[j] += row[j];
                    low[j] = Math.Min(low[j], row[j]);
                    high[j] = Math.Max(high[j], row[j]);
                }
            }
        }

        double[] squares = new double[columns];
        foreach ((int first, int end) in RowPasses.Stretches(passes, data.Rows))
        {
            for (int i = first; i < end; i++)
            {
                ReadOnlySpan<float> row = data.Row(i);
                for (int j = 0; j < columns; j++)
                {
                    double deviation = row[j] - (sums[j] / data.Rows);
                    squares[j] += deviation * deviation;
                }
            }
        }

        float[] offset = new float[columns], scale = new float[columns];
        for (int j = 0; j < columns; j++)
        {
            if (!float.IsFinite(high[j] - low[j]))
            {
                throw new ArgumentException(
                    $"Feature '{data.FeatureNames[j]}' spans {low[j]:g3} to {high[j]:g3}, more than float32 can hold; "
                    + "rescale or drop it.");
            }

            if (low[j] == high[j])
            {
                offset[j] = low[j];
                continue;
            }

            offset[j] = (float)(sums[j] / data.Rows);
            scale[j] = (float)(1 / Math.Sqrt(squares[j] / data.Rows));
            if (!float.IsFinite(scale[j]))
            {
                throw new ArgumentException(
                    $"Feature '{data.FeatureNames[j]}' varies by less than float32 can scale up; rescale or drop it.");
            }
        }

        return new FeatureScaler(offset, scale);
    }

    /// <summary>Fits an offset and a scale for each feature: its smallest value becomes 0, its largest <paramref name="range"/>.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="range">What the largest becomes.</param>
    /// <param name="passes">Is told of the pass over the rows; null for nobody.</param>
    /// <exception cref="ArgumentException">A feature spans more or less than float32 can hold.</exception>
    internal static FeatureScaler FitRange(Dataset data, double range, RowPasses? passes = null)
    {
        int columns = data.Columns;
        float[] low = data.Row(0).ToArray(), high = data.Row(0).ToArray(), scale = new float[columns];
        foreach ((int first, int end) in RowPasses.Stretches(passes, data.Rows))
        {
            for (int i = first; i < end; i++)
            {
                ReadOnlySpan<float> row = data.Row(i);
                for (int j = 0; j < columns; j++)
                {
                    low[j] = Math.Min(low[j], row[j]);
                    high[j] = Math.Max(high[j], row[j]);
                }
            }
        }

        for (int j = 0; j < columns; j++)
        {
            if (low[j] == high[j]) continue;
            scale[j] = (float)(range / ((double)high[j] - low[j]));
            if (!float.IsFinite(scale[j]) || !float.IsFinite(high[j] - low[j]))
            {
                throw new ArgumentException(
                    $"Feature '{data.FeatureNames[j]}' spans {low[j]:g3} to {high[j]:g3}, more or less than float32 can scale; rescale or drop it.");
            }
        }

        return new FeatureScaler(low, scale);
    }

    /// <summary>That of some of the features, in the given order.</summary>
    internal FeatureScaler Of(int[] columns) =>
        new(Array.ConvertAll(columns, column => Offset[column]), Array.ConvertAll(columns, column => Scale[column]));

    /// <summary>Fits one offset and one scale for all features: the smallest value of all becomes 0, the largest 1.</summary>
    internal static FeatureScaler FitRange(Dataset data)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in data.Values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        float[] offset = new float[data.Columns], scale = new float[data.Columns];
        Array.Fill(offset, low);
        if (low < high) Array.Fill(scale, (float)(1 / ((double)high - low)));
        return new FeatureScaler(offset, scale);
    }
}
