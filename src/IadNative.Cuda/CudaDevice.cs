using IadNative.Compute;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>Runs plans on a CUDA device: every launch and every matrix product serves all replicas at once.</summary>
/// <param name="driver">The device; stays the caller's to dispose, after the sessions.</param>
public sealed class CudaDevice(ICudaDriver driver) : IDevice, IRoundDevice
{
    private KernelSet? _kernels;

    /// <summary>
    /// Whether launches are recorded once and replayed as CUDA graphs: those of an epoch, of scoring, and between two rounds;
    /// without, each is a call of its own, which is slower and gives the same bits.
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
    public ISession CreateSession(Plan plan, SessionSpec spec)
    {
        CudaSession session = Reserve(plan, spec);
        session.Allocate();
        return session;
    }

    IRounds IRoundDevice.CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);

    // A sixteenth of what is free stays so: graphs, and the driver itself, need some too.
    bool IRoundDevice.HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds)
    {
        if (sessions.Any(session => session.Spec.Replicas.Count > CudaSession.MostReplicas)) return false;
        CudaSession[] reserved = [.. sessions.Select(session => Reserve(session.Plan, session.Spec))];
        return reserved.Sum(session => session.Bytes) + reserved[0].BytesOfRounds(rounds) <= driver.FreeMemory / 16 * 15;
    }

    private CudaSession Reserve(Plan plan, SessionSpec spec) =>
        new(driver, _kernels ??= new KernelSet(driver), plan, spec, IsolateBuffers, UseGraphs);
}
