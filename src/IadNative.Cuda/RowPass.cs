namespace IadNative.Cuda;

/// <summary>What is done with rows that are too many to be in memory together: chunk after chunk.</summary>
/// <param name="Begin">Launches before the first chunk; null for none.</param>
/// <param name="Chunk">
/// Launches of a chunk: gather_batch is the first kernel, and the last one moves the cursor on (kernels/cursor.cuh), so that they are
/// the same for all chunks of one size.
/// </param>
/// <param name="End">Launches after the last chunk; null for none.</param>
internal sealed record RowPass(Action? Begin, Action<RowRange> Chunk, Action? End = null);
