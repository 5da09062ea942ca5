namespace IadNative.Cuda;

/// <summary>How a kernel is launched.</summary>
/// <param name="GridX">Blocks in x.</param>
/// <param name="GridY">Blocks in y, at most 65,535.</param>
/// <param name="GridZ">Blocks in z, at most 65,535.</param>
/// <param name="Block">Threads per block, in x only.</param>
/// <param name="SharedBytes">Dynamic shared memory per block, in bytes.</param>
internal readonly record struct LaunchShape(int GridX, int GridY, int GridZ, int Block, int SharedBytes = 0)
{
    private const int Threads = 256, WarpsPerBlock = 8, FeaturesPerBlock = 32, MostBlocks = 1024;

    /// <summary>One thread per element.</summary>
    public static LaunchShape Elements(long count, int replicas) => new(Blocks(count, Threads), replicas, 1, Threads);

    /// <summary>One thread per element, or where they are many, several elements for each thread.</summary>
    public static LaunchShape Strided(long count, int replicas) =>
        new(Math.Min(Blocks(count, Threads), MostBlocks), replicas, 1, Threads);

    /// <summary>32 features by 8 groups of rows per block.</summary>
    public static LaunchShape Columns(int width, int replicas) => new(Blocks(width, FeaturesPerBlock), replicas, 1, Threads);

    /// <summary>A warp per sample.</summary>
    public static LaunchShape Samples(int samples, int replicas) => new(Blocks(samples, WarpsPerBlock), replicas, 1, Threads);

    /// <summary>A block per replica.</summary>
    public static LaunchShape Replicas(int replicas) => new(replicas, 1, 1, Threads);

    /// <summary>Blocks for so many things, where a block takes so many.</summary>
    public static int Blocks(long count, int perBlock) => checked((int)((count + perBlock - 1) / perBlock));
}
