namespace IadNative.Cuda;

/// <summary>The launch constants of kernels/sort.cu, as in kernels/sort_table.cuh, where each is explained.</summary>
internal static class SortTable
{
    public const int SmallThreads = 1024, SmallItems = 8, LeastSmallThreads = 256;

    public const int TileThreads = 384, TileItems = 21;

    public const int CountThreads = 256, CountBlocks = 1024;
}
