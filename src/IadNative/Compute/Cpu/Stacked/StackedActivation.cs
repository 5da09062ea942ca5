namespace IadNative.Compute.Cpu.Stacked;

/// <summary>Where an activation of a block lies: of each sample the units one after the other, each a vector with a lane per network.</summary>
/// <param name="pointer">The first sample.</param>
/// <param name="places">Where among the vectors of a sample each unit is.</param>
/// <param name="stride">Floats between two samples.</param>
internal sealed unsafe class StackedActivation(float* pointer, int[] places, int stride)
{
    /// <summary>The first sample.</summary>
    public float* Pointer { get; } = pointer;

    /// <summary>Where among the vectors of a sample each unit is.</summary>
    public int[] Places { get; } = places;

    /// <summary>Units.</summary>
    public int Width => Places.Length;

    /// <summary>Floats between two samples.</summary>
    public int Stride { get; } = stride;
}
