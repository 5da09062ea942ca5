using IadNative.Cuda;

namespace IadNative.Tests.Emulator;

/// <summary>Launches all kernels of one file on small inputs and checks their results.</summary>
/// <param name="File">The kernel file, such as <c>adam.cu</c>.</param>
/// <param name="Run">Throws where a result is wrong.</param>
internal sealed record KernelExercise(string File, Action<ICudaDriver> Run)
{
    /// <inheritdoc/>
    public override string ToString() => File;
}
