using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// A walk over more rows than are in memory together. A chunk has as many rows as have room in a given number of bytes for the row
/// buffers of all replicas, but at least <see cref="SmallestChunk"/>, so that matrix products stay worth their launch, and at most
/// <see cref="LargestChunk"/>: more rows would save nothing, and grids that count them end at 65,535.
/// </summary>
/// <param name="driver">The device.</param>
/// <param name="kernels">Its kernels.</param>
/// <param name="plan">The plan.</param>
/// <param name="state">The replicas.</param>
/// <param name="arena">Where memory is reserved.</param>
/// <param name="useGraphs">Whether passes are recorded and replayed.</param>
/// <param name="chunkBytes">Bytes of the row buffers of all replicas, unless so few rows need more.</param>
internal abstract class CudaPassWalk(
    ICudaDriver driver, DeviceKernels kernels, Plan plan, CudaState state, DeviceArena arena, bool useGraphs, long chunkBytes)
    : CudaWalk(driver, kernels, plan, state, arena)
{
    private int _chunk;

    /// <summary>Rows of a chunk, unless there are fewer.</summary>
    public const int SmallestChunk = 64, LargestChunk = 16_384;

    /// <summary>Where the pass at hand is; not training's, which waits meanwhile.</summary>
    public DeviceBuffer Cursor { get; } = arena.Reserve<CursorRecord>(1);

    /// <summary>Reserves the row buffers of a chunk.</summary>
    /// <param name="rows">All rows.</param>
    protected void ReserveChunk(int rows)
    {
        long chunk = Math.Clamp(chunkBytes / (sizeof(float) * RowWidth * State.Replicas), SmallestChunk, LargestChunk);
        _chunk = (int)Math.Min(chunk, rows);
        ReserveRows(_chunk);
    }

    /// <summary>A pass over all rows of the data, or over each replica's own, once a chunk is reserved.</summary>
    protected RecordedPass Record(RowPass pass, bool areOwn) => new(
        Driver, useGraphs, pass, Cursor, areOwn ? State.RowsPerReplica : State.Samples, _chunk, areOwn);
}
