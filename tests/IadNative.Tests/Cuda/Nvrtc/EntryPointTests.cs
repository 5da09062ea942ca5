using IadNative.Cuda;
using IadNative.Cuda.Interop;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>NVIDIA's driver and cuBLAS, where they are installed, have what is called; no device is needed for that.</summary>
public sealed class EntryPointTests
{
    [Test]
    public void The_driver_has_every_entry_point_that_is_called() => AreIn(CudaLibrary.Driver, "cu");

    [Test]
    public void CuBLAS_has_every_entry_point_that_is_called() => AreIn(CudaLibrary.Blas, "cublas");

    private static void AreIn(CudaLibrary library, string prefix)
    {
        const int newestMajor = 13;
        LoadedLibrary loaded;
        try
        {
            loaded = LoadedLibrary.Load(library, new LibrarySearch(), newestMajor);
        }
        catch (CudaUnavailableException e)
        {
            Assert.Ignore(e.Message);
            return;
        }

        EntryPoints.AreIn(loaded, prefix);
    }
}
