using System.Runtime.CompilerServices;

namespace IadNative.Cuda.Interop;

/// <summary>
/// The entry points of one library, each found on its first call. Every method is called like the entry point that it
/// calls, so that no name is written twice, and turns a status that is not 0 into an exception that names it.
/// </summary>
internal abstract class NativeApi(LoadedLibrary library)
{
    /// <summary>The library.</summary>
    public LoadedLibrary Library { get; } = library;

    /// <summary>The address of the entry point called like the calling method.</summary>
    /// <param name="address">Where it is kept; 0 before the first call.</param>
    /// <param name="name">The entry point.</param>
    protected nint Resolve(ref nint address, [CallerMemberName] string name = "") =>
        address != 0 ? address : address = Library.Export(name);

    /// <summary>Throws for a status that is not 0.</summary>
    protected void Check(int status, [CallerMemberName] string call = "")
    {
        if (status != 0)
            throw Failure(call, status);
    }

    /// <summary>The exception for a failed call.</summary>
    /// <param name="call">The entry point.</param>
    /// <param name="status">Its status.</param>
    /// <param name="attempted">What was attempted, as the end of a sentence; null where the call says it all.</param>
    protected abstract CudaException Failure(string call, int status, string? attempted = null);
}
