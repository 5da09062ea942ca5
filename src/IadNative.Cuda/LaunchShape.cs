namespace IadNative.Cuda;

/// <summary>How a kernel is launched.</summary>
/// <param name="GridX">Blocks in x.</param>
/// <param name="GridY">Blocks in y, at most 65,535.</param>
/// <param name="GridZ">Blocks in z, at most 65,535.</param>
/// <param name="Block">Threads per block, in x only.</param>
/// <param name="SharedBytes">Dynamic shared memory per block, in bytes.</param>
public readonly record struct LaunchShape(int GridX, int GridY, int GridZ, int Block, int SharedBytes = 0);
