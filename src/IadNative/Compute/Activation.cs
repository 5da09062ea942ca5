namespace IadNative.Compute;

/// <summary>A named matrix of the batch: one row of <paramref name="Width"/> numbers per sample.</summary>
/// <param name="Name">Unique within a plan; a device reads the matrix back by it.</param>
/// <param name="Width">Numbers per sample.</param>
internal sealed record Activation(string Name, int Width);
