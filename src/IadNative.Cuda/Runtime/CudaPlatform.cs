using IadNative.Cuda.Interop;

namespace IadNative.Cuda.Runtime;

/// <summary>CUDA on this machine: a driver that is new enough and has started, and the libraries that fit it.</summary>
internal sealed class CudaPlatform
{
    private const int OldestDriver = 1000 * CudaLibrary.OldestMajor;

    private readonly LibrarySearch _search;
    private readonly int _version;

    private CudaPlatform(DriverApi driver, LibrarySearch search, int version)
    {
        Driver = driver;
        _search = search;
        _version = version;
    }

    /// <summary>The driver.</summary>
    public DriverApi Driver { get; }

    /// <summary>The newest CUDA that the driver runs, such as <c>12.4</c>.</summary>
    public string DriverVersion => Text(_version);

    /// <summary>Finds and starts the driver.</summary>
    /// <exception cref="CudaUnavailableException">There is none, it is too old, or it does not start.</exception>
    public static CudaPlatform Start(LibrarySearch search)
    {
        DriverApi driver = new(LoadedLibrary.Load(CudaLibrary.Driver, search, CudaLibrary.OldestMajor));
        try
        {
            int version = driver.cuDriverGetVersion();
            if (version < OldestDriver)
            {
                throw new CudaUnavailableException(
                    $"NVIDIA's driver ({driver.Library.Path}) supports CUDA {Text(version)} at most; "
                    + $"{Text(OldestDriver)} or newer is needed. Update the driver to 525 or newer.",
                    driverFails: true);
            }

            driver.cuInit();
            return new CudaPlatform(driver, search, version);
        }
        catch (CudaException e)
        {
            throw new CudaUnavailableException(
                $"NVIDIA's driver ({driver.Library.Path}) does not start: {e.Message}", driverFails: e.Status != DriverApi.NoDevice);
        }
    }

    /// <summary>Finds NVRTC.</summary>
    /// <exception cref="CudaUnavailableException">There is none that fits the driver.</exception>
    public NvrtcApi LoadNvrtc() => new(LoadedLibrary.Load(CudaLibrary.Nvrtc, _search, _version / 1000));

    /// <summary>Finds cuBLAS.</summary>
    /// <exception cref="CudaUnavailableException">There is none that fits the driver.</exception>
    public BlasApi LoadBlas() => new(LoadedLibrary.Load(CudaLibrary.Blas, _search, _version / 1000));

    /// <summary>The devices, in the driver's order.</summary>
    /// <exception cref="CudaException">The driver does not say.</exception>
    public CudaDeviceSummary[] Devices() =>
        [.. Enumerable.Range(0, Driver.cuDeviceGetCount()).Select(index => Describe(index, Driver.cuDeviceGet(index)))];

    /// <summary>The device that a context is of.</summary>
    /// <param name="context">The context.</param>
    /// <param name="stream">A stream of it; 0 for none.</param>
    /// <exception cref="ArgumentException">The stream is one of another context.</exception>
    /// <exception cref="CudaException">It is no context that can be used.</exception>
    public CudaDeviceSummary DeviceOf(nint context, nint stream)
    {
        Driver.cuCtxPushCurrent_v2(context);
        try
        {
            if (stream != 0 && Driver.cuStreamGetCtx(stream) != context)
                throw new ArgumentException("The stream belongs to another context.", nameof(stream));
            int device = Driver.cuCtxGetDevice();
            return Devices().First(known => Driver.cuDeviceGet(known.Index) == device);
        }
        finally
        {
            Driver.cuCtxPopCurrent_v2();
        }
    }

    /// <summary>The version of cuBLAS, such as <c>12.4.5</c>.</summary>
    public static string VersionOf(BlasApi blas) =>
        $"{blas.cublasGetProperty(0)}.{blas.cublasGetProperty(1)}.{blas.cublasGetProperty(2)}";

    private CudaDeviceSummary Describe(int index, int device)
    {
        var summary = new CudaDeviceSummary(
            index, Driver.cuDeviceGetName(device), Tell(DeviceAttribute.ComputeCapabilityMajor), Tell(DeviceAttribute.ComputeCapabilityMinor),
            Driver.cuDeviceTotalMem_v2(device), Tell(DeviceAttribute.MultiprocessorCount))
        {
            SharedBytes = Math.Max(CudaDeviceSummary.SharedBytesOfAll, Tell(DeviceAttribute.MostSharedBytes)),
        };
        return summary.WithSpeeds(
            Tell(DeviceAttribute.ClockRate), Tell(DeviceAttribute.MemoryClockRate), Tell(DeviceAttribute.MemoryBusWidth));

        int Tell(DeviceAttribute attribute) => Driver.cuDeviceGetAttribute(attribute, device);
    }

    private static string Text(int version) => $"{version / 1000}.{version % 1000 / 10}";
}
