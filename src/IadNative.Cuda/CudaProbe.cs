using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;
using IadNative.Cuda.Runtime;

namespace IadNative.Cuda;

/// <summary>Looks at what CUDA offers on this machine, without occupying a device and without throwing.</summary>
internal static class CudaProbe
{
    /// <summary>Looks for the libraries and the devices.</summary>
    /// <param name="options">How CUDA would be used; null for the defaults.</param>
    public static CudaReport Run(CudaOptions? options = null)
    {
        List<CudaLibraryReport> libraries = [];
        CudaDeviceSummary[] devices = [];
        CudaPlatform? platform = null;
        bool driverFails = false;
        string? problem = Try(() => platform = CudaPlatform.Start((options ?? new CudaOptions()).Search), failed => driverFails = failed);
        libraries.Add(new CudaLibraryReport(
            CudaLibrary.Driver.Title, platform?.Driver.Library.Path, platform?.DriverVersion, problem));
        if (platform is not null)
        {
            problem = Try(() => devices = platform.Devices())
                ?? (devices.Length == 0 ? "The driver knows no device." + StatusAdvice.ForDriver(DriverApi.NoDevice) : null);
            CudaLibraryReport nvrtc = Describe(CudaLibrary.Nvrtc, () =>
            {
                NvrtcApi api = platform.LoadNvrtc();
                return (api.Library.Path, new NvrtcCompiler(api).Number);
            });
            CudaLibraryReport blas = Describe(CudaLibrary.Blas, () =>
            {
                BlasApi api = platform.LoadBlas();
                return (api.Library.Path, CudaPlatform.VersionOf(api));
            });
            libraries.AddRange([nvrtc, blas]);
            problem ??= nvrtc.Problem ?? blas.Problem;
        }

        return new CudaReport(libraries, devices, problem, driverFails);
    }

    private static CudaLibraryReport Describe(CudaLibrary library, Func<(string Path, string Version)> find)
    {
        (string Path, string Version)? found = null;
        string? problem = Try(() => found = find());
        return new CudaLibraryReport(library.Title, found?.Path, found?.Version, problem);
    }

    private static string? Try(Action action, Action<bool>? driverFails = null)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e) when (e is CudaUnavailableException or CudaException)
        {
            driverFails?.Invoke(e is CudaUnavailableException { DriverFails: true });
            return e.Message;
        }
    }
}

/// <summary>What <see cref="CudaProbe"/> found.</summary>
/// <param name="Libraries">The driver and, where that starts, NVRTC and cuBLAS.</param>
/// <param name="Devices">The devices, in the driver's order.</param>
/// <param name="Problem">
/// Why CUDA cannot be used, what was tried and what to do; null where nothing stands against it. A device without the rest
/// is worth a warning: it is there, but idle.
/// </param>
/// <param name="DriverFails">Whether there is a driver that does not start or is too old, so that no device is known.</param>
internal sealed record CudaReport(
    IReadOnlyList<CudaLibraryReport> Libraries, IReadOnlyList<CudaDeviceSummary> Devices, string? Problem,
    bool DriverFails = false);

/// <summary>One library of CUDA.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Path">The file it was loaded from; null where there is none.</param>
/// <param name="Version">Its version: for the driver, the newest CUDA that it runs; null where unknown.</param>
/// <param name="Problem">Why it cannot be used; null where it can.</param>
internal sealed record CudaLibraryReport(string Name, string? Path, string? Version, string? Problem);

/// <summary>A device, as far as one can tell without occupying it.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Name">Marketing name.</param>
/// <param name="ComputeMajor">Major compute capability.</param>
/// <param name="ComputeMinor">Minor compute capability.</param>
/// <param name="TotalMemory">Bytes of device memory.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
internal sealed record CudaDeviceSummary(
    int Index, string Name, int ComputeMajor, int ComputeMinor, long TotalMemory, int Multiprocessors)
{
    /// <summary>Shared memory that a block can have on every device, in bytes.</summary>
    public const int SharedBytesOfAll = 48 * 1024;

    // Of a small device, where the driver does not say.
    private const double UnknownClock = 1.2e9, UnknownBandwidth = 200e9;

    /// <summary>Shared memory that a block can have, in bytes.</summary>
    public int SharedBytes { get; init; } = SharedBytesOfAll;

    /// <summary>Cycles of a multiprocessor per second, at most.</summary>
    public double ClockHertz { get; init; } = UnknownClock;

    /// <summary>Bytes that the device's memory moves per second, at most.</summary>
    public double BytesPerSecond { get; init; } = UnknownBandwidth;

    /// <summary>The same with what the driver tells of speeds; 0 or less is what it does not know.</summary>
    /// <param name="clock">Of multiprocessors, in kHz.</param>
    /// <param name="memoryClock">Of the memory, which moves data twice a cycle, in kHz.</param>
    /// <param name="busBits">Wires to the memory.</param>
    public CudaDeviceSummary WithSpeeds(int clock, int memoryClock, int busBits) => this with
    {
        ClockHertz = clock > 0 ? 1e3 * clock : UnknownClock,
        BytesPerSecond = memoryClock > 0 && busBits > 0 ? 2 * 1e3 * memoryClock * (busBits / 8.0) : UnknownBandwidth,
    };
}
