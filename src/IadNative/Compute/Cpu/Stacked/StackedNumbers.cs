namespace IadNative.Compute.Cpu.Stacked;

/// <summary>Numbers of a network that an operation reads in one go.</summary>
/// <param name="Start">Numbers of a network before them.</param>
/// <param name="Length">How many.</param>
internal readonly record struct StackedNumbers(int Start, int Length);
