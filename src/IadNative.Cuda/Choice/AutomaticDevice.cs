using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda.Choice;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>
/// The CPU or a CUDA device, whichever is estimated to finish a fit first. The estimate goes by what the networks compute, how many
/// train side by side, the threads of the CPU and what the driver tells of the device (bench/results/device-choice-2026-11.md), so the
/// same fit on the same machine goes to the same device each time. A device that cannot be used, or computes something else than the
/// CPU, is warned of, and the CPU trains. To be disposed when nothing trains on it any more; not to be used by two threads at a time.
/// </summary>
public sealed class AutomaticDevice : IDevice, IDeviceChoice, IDisposable
{
    // The speeds that are assumed of a device are not measured ones: it must be well ahead.
    private const double Lead = 2;

    private readonly CudaReport _report;
    private readonly Func<CudaDevice> _open;
    private readonly Action<string> _say, _warn;
    private readonly CpuDevice _cpu;
    private CudaDevice? _cuda;
    private bool _isCudaLost;
    private string? _said;
    private IDevice _chosen;

    /// <summary>The first CUDA device of this machine, if there is one, or the CPU.</summary>
    /// <param name="threads">Threads to train on where that is the CPU; 0 for one per core.</param>
    /// <param name="options">How CUDA is found and used; null for the defaults.</param>
    /// <param name="say">Told in a sentence which device a fit takes and why; null for nobody.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is negative.</exception>
    public AutomaticDevice(int threads = 0, CudaOptions? options = null, Action<string>? say = null)
        : this(CudaProbe.Run(options), () => CudaDevice.Open(0, options), threads, say ?? (_ => { }), options?.Warn ?? (_ => { }))
    {
    }

    /// <summary>The same with a way to CUDA.</summary>
    internal AutomaticDevice(CudaReport report, Func<CudaDevice> open, int threads, Action<string> say, Action<string> warn)
    {
        (_report, _open, _say, _warn) = (report, open, say, warn);
        _chosen = _cpu = new CpuDevice(threads);
    }

    /// <inheritdoc/>
    public string Description => _chosen.Description;

    /// <summary>Whether a device is taken.</summary>
    /// <param name="cuda">Its estimated seconds.</param>
    /// <param name="cpu">Those of the CPU.</param>
    /// <param name="isOpen">Whether it is open already.</param>
    internal static bool IsFaster(double cuda, double cpu, bool isOpen) => Lead * (cuda + (isOpen ? 0 : CudaEstimate.SecondsToOpen)) < cpu;

    /// <summary>Releases the device where it was opened. Never throws.</summary>
    public void Dispose() => _cuda?.Dispose();

    /// <inheritdoc/>
    ISession IDevice.CreateSession(Plan plan, SessionSpec spec) => _chosen.CreateSession(plan, spec);

    /// <inheritdoc/>
    IDevice IDeviceChoice.ChooseFor(IReadOnlyList<DeviceWork> work, RoundSpec? rounds) => _chosen = Choose(work, rounds);

    private IDevice Choose(IReadOnlyList<DeviceWork> work, RoundSpec? rounds)
    {
        if (_isCudaLost) return _cpu;
        if (_report.Problem is { } problem) return CpuFor(problem);
        if (_report.Devices.Count == 0) return _cpu;
        CudaDeviceSummary device = _report.Devices[0];
        double cpu = CpuEstimate.Seconds(work, _cpu.Threads);
        if (SecondsOn(device, work) is not { } cuda) return _cpu;
        bool isFaster = IsFaster(cuda, cpu, isOpen: _cuda is not null);
        string threads = _cpu.Threads == 1 ? "one thread" : $"{_cpu.Threads} threads";
        Say(FormattableString.Invariant(
            $"Training on {(isFaster ? device.Name : "the CPU")}: about {Text(cpu)} on {threads} of the CPU, {Text(cuda)} on {device.Name}"));
        if (!isFaster) return _cpu;
        try
        {
            _cuda ??= _open();
            long bytes = _cuda.Load(work, rounds), room = _cuda.Room; // now, while the CPU can still take its place
            if (bytes <= room) return _cuda;
            Say(FormattableString.Invariant(
                $"Training on the CPU all the same: one run takes {bytes:n0} bytes of memory, and {device.Name} has {room:n0} to spare"));
            return _cpu;
        }
        catch (Exception e) when (e is CudaUnavailableException or CudaException)
        {
            _cuda?.Dispose();
            _cuda = null;
            return CpuFor(e.Message);
        }
    }

    // Null where the device cannot do it.
    private double? SecondsOn(CudaDeviceSummary device, IReadOnlyList<DeviceWork> work)
    {
        try
        {
            return CudaEstimate.Seconds(work, device);
        }
        catch (NotSupportedException e)
        {
            Say($"Training on the CPU: {e.Message}");
            return null;
        }
    }

    private CpuDevice CpuFor(string problem)
    {
        _isCudaLost = true;
        string name = _report.Devices.Count == 0 ? "CUDA" : _report.Devices[0].Name;
        _warn($"{name} cannot be used, so training runs on the CPU: {problem}");
        return _cpu;
    }

    // Many fits that are alike are not told of one by one.
    private void Say(string sentence)
    {
        if (sentence != _said) _say(sentence);
        _said = sentence;
    }

    private static string Text(double seconds) => seconds switch
    {
        < 10 => FormattableString.Invariant($"{seconds:0.0} s"),
        < 600 => FormattableString.Invariant($"{seconds:0} s"),
        < 36_000 => FormattableString.Invariant($"{seconds / 60:0} min"),
        _ => FormattableString.Invariant($"{seconds / 3600:0} h"),
    };
}
