using IadNative.Cuda.Compilation;

namespace IadNative.Cuda;

/// <summary>
/// A kernel as the engine knows it, beside whoever launches it: where it is written and how it is launched. What it does and what
/// its structure means is written in kernels/.
/// </summary>
/// <typeparam name="T">The structure that it takes, field for field as in its file.</typeparam>
/// <param name="File">Its file in kernels/.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Shape">How it is launched.</param>
internal sealed record KernelDefinition<T>(KernelFile File, string Name, KernelShape<T> Shape)
    where T : unmanaged;

/// <summary>How a kernel is launched, given its structure.</summary>
/// <typeparam name="T">The structure.</typeparam>
/// <param name="arguments">The structure.</param>
/// <param name="replicas">Replicas that it serves, or runs.</param>
/// <param name="units">Units of a layer that it serves; 1 where it does not ask or the structure tells.</param>
internal delegate LaunchShape KernelShape<T>(in T arguments, int replicas, int units)
    where T : unmanaged;
