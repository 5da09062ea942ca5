using System.Runtime.InteropServices;

namespace IadNative.Cuda.Interop;

/// <summary>CUlaunchConfig.</summary>
internal unsafe struct LaunchConfig
{
    public uint GridX, GridY, GridZ, BlockX, BlockY, BlockZ, SharedBytes;
    public nint Stream;
    public LaunchAttribute* Attributes;
    public uint AttributeCount;
}

/// <summary>CUlaunchAttribute, whose value is a union of 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct LaunchAttribute
{
    [FieldOffset(0)] public int Id;
    [FieldOffset(8)] public int Value;
}
