using IadNative.Compute;
using IadNative.Cuda;

namespace IadNative.Cli;

/// <summary>The device that a fit trains on, opened; disposing releases it.</summary>
internal sealed class TrainingDevice : IDisposable
{
    private readonly CudaDevice? _cuda;

    private TrainingDevice(CudaDevice? cuda) => _cuda = cuda;

    /// <summary>The device; null for the CPU.</summary>
    public IDevice? Device => _cuda;

    /// <summary>What the CUDA device is; null for the CPU.</summary>
    public CudaDeviceInfo? Cuda => _cuda?.Info;

    /// <summary>
    /// Opens what was asked for. <c>auto</c> falls back to the CPU: with a line of information where there is no GPU, with a
    /// warning where there is one that cannot be used.
    /// </summary>
    /// <exception cref="CudaUnavailableException">CUDA was asked for by name and is not there.</exception>
    public static TrainingDevice Open(DeviceChoice choice, bool allowTf32, CudaAccess cuda, Terminal terminal)
    {
        var options = new CudaOptions { AllowTf32 = allowTf32, Warn = terminal.Warn };
        switch (choice.Kind)
        {
            case DeviceKind.Cpu: return new TrainingDevice(null);
            case DeviceKind.Cuda: return new TrainingDevice(cuda.Open(choice.Index, options));
        }

        CudaReport report = cuda.Probe();
        if (report.Devices.Count == 0 && !report.DriverFails)
        {
            terminal.Say("No CUDA device: training on the CPU ('iad info' says more).");
            return new TrainingDevice(null);
        }

        string? problem = report.Problem;
        try
        {
            if (problem is null) return new TrainingDevice(cuda.Open(choice.Index, options));
        }
        catch (Exception e) when (e is CudaUnavailableException or CudaException)
        {
            problem = e.Message;
        }

        string name = report.Devices.Count == 0 ? "CUDA" : report.Devices[0].Name;
        terminal.Warn($"{name} cannot be used, so training runs on the CPU: {problem}");
        return new TrainingDevice(null);
    }

    /// <inheritdoc/>
    public void Dispose() => _cuda?.Dispose();
}
