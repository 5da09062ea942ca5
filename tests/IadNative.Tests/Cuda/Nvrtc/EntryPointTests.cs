using IadNative.Cuda;
using IadNative.Cuda.Interop;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>NVIDIA's driver, and cuBLAS where it is installed, have what is called; no device is needed for that.</summary>
public sealed class EntryPointTests
{
    private const int NewestMajor = 13;

    [Test, Category("Nvrtc")]
    public void The_driver_has_every_entry_point_that_is_called()
    {
        LibrarySearch search = new() { ExplicitPath = NvidiaTools.DriverOrIgnore(), Variable = _ => null };
        EntryPoints.AreIn(LoadedLibrary.Load(CudaLibrary.Driver, search, NewestMajor), "cu");
    }

    [Test]
    public void CuBLAS_has_every_entry_point_that_is_called()
    {
        LoadedLibrary loaded;
        try
        {
            loaded = LoadedLibrary.Load(CudaLibrary.Blas, new LibrarySearch(), NewestMajor);
        }
        catch (CudaUnavailableException e)
        {
            Assert.Ignore(e.Message);
            return;
        }

        EntryPoints.AreIn(loaded, "cublas");
    }
}
