namespace IadNative.Data;

/// <summary>
/// The cells of a table: all in float32, row-major, and in float64 too for the columns whose values float32 cannot tell apart.
/// </summary>
/// <param name="Float32">All cells, row-major; not to be changed by others.</param>
internal sealed record TableValues(Numbers<float> Float32)
{
    /// <summary>For each column its n cells in float64, or null where float32 holds them well enough; null where there is none.</summary>
    public Numbers<double>?[]? Float64 { get; init; }

    /// <summary>Whether a column is kept in float64.</summary>
    public bool IsWide(int column) => Float64?[column] is not null;

    /// <summary>One row in float64.</summary>
    public void CopyRow(int row, Span<double> target)
    {
        ReadOnlySpan<float> source = Float32.Slice((long)row * target.Length, target.Length);
        for (int j = 0; j < target.Length; j++) target[j] = Float64?[j] is { } wide ? wide[row] : source[j];
    }

    /// <summary>Gives the room of temporary files back that the cells lie in.</summary>
    public void Release()
    {
        Float32.Release();
        foreach (Numbers<double>? column in Float64 ?? []) column?.Release();
    }

    /// <summary>Some of the rows, in the given order.</summary>
    public TableValues Select(int[] rows, int columns)
    {
        float[] values = new float[rows.Length * columns];
        for (int i = 0; i < rows.Length; i++)
            Float32.Slice((long)rows[i] * columns, columns).CopyTo(values.AsSpan(i * columns));
        return Of(values, Float64 is { } wide
            ? Array.ConvertAll(wide, column => column is null ? null : Array.ConvertAll(rows, row => column[row]))
            : null);
    }

    /// <summary>Cells that lie in arrays.</summary>
    /// <param name="float32">All cells, row-major.</param>
    /// <param name="float64">For each column its n cells in float64, or null where float32 is enough; null where it is for all.</param>
    public static TableValues Of(float[] float32, double[]?[]? float64) => new(float32)
    {
        Float64 = float64 is null || Array.TrueForAll(float64, column => column is null)
            ? null
            : Array.ConvertAll(float64, column => column is null ? null : new Numbers<double>(column)),
    };

    /// <summary>The cells of a float64 matrix.</summary>
    /// <param name="values">Row-major.</param>
    /// <param name="columns">d.</param>
    public static TableValues Of(double[] values, int columns)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Of((ReadOnlySpan<double>)values, columns);
    }

    /// <summary>The cells of a float64 matrix.</summary>
    /// <param name="values">Row-major.</param>
    /// <param name="columns">d.</param>
    public static TableValues Of(ReadOnlySpan<double> values, int columns)
    {
        float[] rounded = new float[values.Length];
        for (int i = 0; i < rounded.Length; i++) rounded[i] = (float)values[i];
        if (columns < 1 || columns > values.Length || values.Length % columns != 0) return new TableValues(rounded);
        int rows = values.Length / columns;
        double[] column = new double[rows];
        double[]?[] wide = new double[]?[columns];
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++) column[i] = values[(i * columns) + j];
            if (Float32Resolution.IsTooCoarse(column)) wide[j] = [.. column];
        }

        return Of(rounded, wide);
    }
}
