namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>What a kernel takes of a multiprocessor.</summary>
/// <param name="File">Its file, such as <c>sort.cu</c>.</param>
/// <param name="Kernel">Its name.</param>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="Stack">Bytes of a thread in local memory: arrays, and what is spilled.</param>
/// <param name="Shared">Bytes of a block that are always there: static shared memory, and on sm_90 what the system keeps.</param>
/// <param name="Spilled">Bytes of a thread stored and loaded for want of registers.</param>
internal sealed record KernelResources(string File, string Kernel, int Registers, int Stack, int Shared, int Spilled)
{
    // Registers are given out to warps in units of 256.
    private const int RegisterUnit = 8;

    /// <summary>Registers of a thread as they are given out: whoever takes up to so many leaves as many blocks room.</summary>
    public int GivenRegisters => (Registers + RegisterUnit - 1) / RegisterUnit * RegisterUnit;
}
