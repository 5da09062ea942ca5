using IadNative.Compute;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>Runs plans on a CUDA device: every launch and every matrix product serves all replicas at once.</summary>
/// <param name="driver">The device; stays the caller's to dispose, after the sessions.</param>
public sealed class CudaDevice(ICudaDriver driver) : IDevice, IRoundDevice
{
    /// <summary>
    /// Whether the launches of an epoch are recorded once and replayed as CUDA graphs; without, each is a call of its own, which
    /// is slower and gives the same bits.
    /// </summary>
    public bool UseGraphs { get; init; } = true;

    /// <summary>Whether every buffer gets an allocation of its own, for devices that guard their allocations.</summary>
    internal bool IsolateBuffers { get; init; }

    /// <inheritdoc/>
    public string Description =>
        $"CUDA, {driver.Device.Name} (compute capability {driver.Device.ComputeMajor}.{driver.Device.ComputeMinor}), "
        + $"driver for CUDA {driver.Device.DriverVersion}";

    /// <inheritdoc/>
    /// <exception cref="CudaOutOfMemoryException">The device has not enough memory for the session.</exception>
    public ISession CreateSession(Plan plan, SessionSpec spec) => new CudaSession(driver, plan, spec, IsolateBuffers, UseGraphs);

    IRounds IRoundDevice.CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);
}
