namespace IadNative.Cli;

/// <summary>What is written of contributions beside scores.</summary>
/// <param name="IsFull">Whether there is a column for each feature.</param>
/// <param name="Top">Features that one column names, those that add most; null for no such column.</param>
internal readonly record struct Explanation(bool IsFull, int? Top)
{
    /// <summary>Whether contributions are asked for at all.</summary>
    public bool IsAsked => IsFull || Top is not null;
}
