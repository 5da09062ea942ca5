namespace IadNative.Compute.Cpu.Scoring;

/// <summary>Rows of the data that go through a network together.</summary>
/// <param name="data">Raw features, row-major.</param>
/// <param name="rows">Which rows; null for the first ones.</param>
/// <param name="samples">How many.</param>
internal readonly unsafe struct ScoringBlock(float* data, int* rows, int samples)
{
    /// <summary>Raw features, row-major.</summary>
    public float* Data { get; } = data;

    /// <summary>Which rows; null for the first ones.</summary>
    public int* Rows { get; } = rows;

    /// <summary>How many.</summary>
    public int Samples { get; } = samples;
}
