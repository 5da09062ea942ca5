using IadNative.Compute;
using IadNative.Cuda.Runtime;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>
/// Trains on a CUDA device: every launch and every matrix product serves all networks that are trained at once. To be disposed
/// when nothing trains on it any more; not to be used by two threads at a time.
/// </summary>
public sealed class CudaDevice : IDevice, IRoundDevice, IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly bool _ownsDriver;
    private readonly DeviceKernels _kernels;

    /// <summary>A device behind a driver.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ownsDriver">Whether it is disposed with this; otherwise it stays the caller's, to outlive this.</param>
    internal CudaDevice(ICudaDriver driver, bool ownsDriver = false)
    {
        (_driver, _ownsDriver) = (driver, ownsDriver);
        _kernels = new DeviceKernels(driver);
    }

    /// <summary>Whether launches are recorded once and replayed.</summary>
    internal bool UseGraphs { get; init; } = true;

    /// <summary>Whether every buffer gets an allocation of its own, for devices that guard their allocations.</summary>
    internal bool IsolateBuffers { get; init; }

    /// <summary>Bytes of the rows that all networks score together, as far as <see cref="CudaPassWalk"/> allows.</summary>
    internal long ChunkBytes { get; init; } = 256 << 20;

    /// <summary>What the device is.</summary>
    internal CudaDeviceInfo Info => _driver.Device;

    /// <inheritdoc/>
    public string Description =>
        $"CUDA, {Info.Name} (compute capability {Info.ComputeMajor}.{Info.ComputeMinor}), driver for CUDA {Info.DriverVersion}";

    /// <summary>Opens a device of this machine and tests it: a small training must give what the CPU does.</summary>
    /// <param name="index">Its number, from 0, in the driver's order.</param>
    /// <param name="options">How CUDA is found and used; null for the defaults.</param>
    /// <exception cref="CudaUnavailableException">There is no such device, CUDA cannot be used, or the test fails.</exception>
    /// <exception cref="CudaException">The device fails, or a kernel does not compile.</exception>
    public static CudaDevice Open(int index = 0, CudaOptions? options = null) => OpenUntested(index, options ?? new CudaOptions()).Tested();

    /// <summary>Opens a device of this machine, whatever it computes.</summary>
    /// <exception cref="CudaUnavailableException">There is no such device, or CUDA cannot be used.</exception>
    /// <exception cref="CudaException">The device fails.</exception>
    internal static CudaDevice OpenUntested(int index, CudaOptions options) =>
        new(NativeCudaDriver.Open(index, options), ownsDriver: true) { UseGraphs = options.UseGraphs };

    /// <summary>This device, which has passed <see cref="CudaSelfTest"/>; one that has not is disposed.</summary>
    /// <exception cref="CudaUnavailableException">The test fails.</exception>
    /// <exception cref="CudaException">The device fails, or a kernel does not compile.</exception>
    internal CudaDevice Tested()
    {
        try
        {
            CudaSelfTest.Run(this);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CudaOutOfMemoryException">The device has not enough memory for the session.</exception>
    /// <exception cref="NotSupportedException">An operation of the plan is unknown or has no sense where it stands.</exception>
    ISession IDevice.CreateSession(Plan plan, SessionSpec spec)
    {
        CudaSession session = Reserve(plan, spec);
        session.Allocate();
        return session;
    }

    /// <summary>Releases the device. Never throws.</summary>
    public void Dispose()
    {
        if (_ownsDriver) _driver.Dispose();
    }

    IRounds IRoundDevice.CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);

    // A sixteenth of what is free stays so: graphs, and the driver itself, need some too.
    bool IRoundDevice.HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds)
    {
        if (sessions.Any(session => session.Spec.Replicas.Count > CudaSession.MostReplicas)) return false;
        CudaSession[] reserved = [.. sessions.Select(session => Reserve(session.Plan, session.Spec))];
        return reserved.Sum(session => session.Bytes) + reserved[0].BytesOfRounds(rounds) <= _driver.FreeMemory / 16 * 15;
    }

    private CudaSession Reserve(Plan plan, SessionSpec spec) => new(_driver, _kernels, plan, spec, IsolateBuffers, UseGraphs, ChunkBytes);
}
