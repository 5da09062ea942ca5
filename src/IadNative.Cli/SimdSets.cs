using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace IadNative.Cli;

/// <summary>The SIMD instruction sets that this process may use.</summary>
internal static class SimdSets
{
    private static readonly (bool Supported, string Name)[] s_known =
    [
        (Sse41.IsSupported, "SSE4.1"), (Avx.IsSupported, "AVX"), (Fma.IsSupported, "FMA"), (Avx2.IsSupported, "AVX2"),
        (Avx512F.IsSupported, "AVX-512F"), (AdvSimd.IsSupported, "AdvSimd"),
    ];

    /// <summary>Their names; empty when there are none.</summary>
    public static IReadOnlyList<string> Available { get; } =
        [.. s_known.Where(set => set.Supported).Select(set => set.Name)];

    /// <summary>Bits of the widest vectors that run at full speed; 0 without hardware support.</summary>
    public static int VectorBits =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;
}
