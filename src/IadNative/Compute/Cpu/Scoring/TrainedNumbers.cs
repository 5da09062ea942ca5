namespace IadNative.Compute.Cpu.Scoring;

/// <summary>The blocks of a trained network.</summary>
internal readonly ref struct TrainedNumbers(
    ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics, ReadOnlySpan<float> state)
{
    /// <summary>The parameter block.</summary>
    public ReadOnlySpan<float> Parameters { get; } = parameters;

    /// <summary>The block of running statistics.</summary>
    public ReadOnlySpan<float> Statistics { get; } = statistics;

    /// <summary>The block of state that is set and not learned.</summary>
    public ReadOnlySpan<float> State { get; } = state;
}
