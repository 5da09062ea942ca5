using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers;

/// <summary>
/// The rows that calls of scoring take, block after block and from the start again, as a contestant binds them beforehand.
/// Blocks of rows are scored where they lie. A single row is copied into memory of its own: that costs some nanoseconds, going
/// through thousands of bindings more.
/// </summary>
internal sealed class ScoringInput(ProblemData data)
{
    private readonly bool _copies = data.Problem.RowsPerCall == 1;
    private readonly int _calls = data.Problem.Rows / data.Problem.RowsPerCall;

    /// <summary>Numbers of a block.</summary>
    public int Length { get; } = data.Problem.RowsPerCall * data.Problem.Features;

    /// <summary>What all blocks lie in, one after the other.</summary>
    public float[] Memory { get; } = data.Problem.RowsPerCall == 1 ? new float[data.Problem.Features] : data.Data;

    /// <summary>Number of blocks.</summary>
    public int Blocks => _copies ? 1 : _calls;

    /// <summary>Has a call's rows in their block.</summary>
    /// <returns>Which block.</returns>
    public int Take(int call)
    {
        int which = call % _calls;
        if (!_copies) return which;
        data.Data.AsSpan(which * Length, Length).CopyTo(Memory);
        return 0;
    }
}
