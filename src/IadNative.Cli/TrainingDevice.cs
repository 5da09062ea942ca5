using IadNative.Cuda;

namespace IadNative.Cli;

/// <summary>The device that a fit trains on; disposing releases it.</summary>
internal sealed class TrainingDevice : IDisposable
{
    private readonly IDisposable? _owned;

    private TrainingDevice(IDevice? device) => (Device, _owned) = (device, device as IDisposable);

    /// <summary>The device; null for the CPU.</summary>
    public IDevice? Device { get; }

    /// <summary>
    /// Opens what was asked for. <c>auto</c> says in a line which device it takes and why, when the work is known; where there is no GPU,
    /// at once. It warns of one that cannot be used.
    /// </summary>
    /// <param name="choice">What was asked for.</param>
    /// <param name="threads">Threads to train on where that is the CPU; 0 for one per core.</param>
    /// <param name="options">How a CUDA device is used.</param>
    /// <param name="cuda">The way to CUDA.</param>
    /// <param name="terminal">Where it is said.</param>
    /// <exception cref="CudaUnavailableException">CUDA was asked for by name and is not there.</exception>
    public static TrainingDevice Open(DeviceChoice choice, int threads, CudaOptions options, CudaAccess cuda, Terminal terminal)
    {
        options = options with { Warn = terminal.Warn };
        switch (choice.Kind)
        {
            case DeviceKind.Cpu: return new TrainingDevice(null);
            case DeviceKind.Cuda: return new TrainingDevice(cuda.Open(choice.Index, options));
        }

        CudaReport report = cuda.Probe();
        if (report.Devices.Count > 0 || report.DriverFails)
            return new TrainingDevice(new AutomaticDevice(report, () => cuda.Open(0, options), threads, terminal.Say, terminal.Warn));
        terminal.Say("No CUDA device: training on the CPU ('iad info' says more).");
        return new TrainingDevice(null);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();
}
