namespace IadNative.Bench.Versus;

/// <summary>What a side measured in all repetitions, in the order they were made.</summary>
/// <param name="Name">The side.</param>
/// <param name="Matches">Whether it provably did our work.</param>
/// <param name="Values">One value per repetition, in the row's unit.</param>
internal sealed record Series(string Name, bool Matches, IReadOnlyList<double> Values)
{
    /// <summary>99th percentile of single calls, in us; null where calls are not timed one by one.</summary>
    public double? P99 { get; init; }

    /// <summary>Managed bytes allocated per call; null where calls are not timed one by one.</summary>
    public double? Bytes { get; init; }

    /// <summary>Billions of operations a second in products of matrices; null where nothing is multiplied.</summary>
    public double? Gigaflops { get; init; }

    public double Median => MedianOf(Values);

    public double Min => Values.Min();

    public double Max => Values.Max();

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
