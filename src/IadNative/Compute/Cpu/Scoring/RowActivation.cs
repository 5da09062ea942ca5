namespace IadNative.Compute.Cpu.Scoring;

/// <summary>Where an activation of a block lies row-major.</summary>
/// <param name="pointer">The first sample.</param>
/// <param name="width">Numbers per sample.</param>
/// <param name="stride">Floats between two samples.</param>
internal readonly unsafe struct RowActivation(float* pointer, int width, int stride)
{
    /// <summary>The first sample.</summary>
    public float* Pointer { get; } = pointer;

    /// <summary>
    /// Where multipliers of the first sample go where samples are explained, laid out as the activation: those are few enough to leave room
    /// in a block for as many more.
    /// </summary>
    public float* Multipliers => Pointer + ((nint)CpuScorer.ExplainedRows * Stride);

    /// <summary>Numbers per sample.</summary>
    public int Width { get; } = width;

    /// <summary>Floats between two samples.</summary>
    public int Stride { get; } = stride;
}
