using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Gpu;

/// <summary>
/// What nvidia-smi says of one device, where there is one: its driver and limits, and its clocks, sampled four times a second for
/// as long as this lives and counted while the device is at work.
/// </summary>
internal sealed class DeviceClocks : IDisposable
{
    private const int LeastUtilization = 50; // percent of the time with a kernel at work

    private readonly List<(int Multiprocessors, int Memory)> _samples = [];
    private readonly string _limits;
    private readonly Process? _sampling;

    /// <param name="busId">Where the device is plugged in.</param>
    public DeviceClocks(string busId)
    {
        _limits = "driver release unknown, clocks unknown";
        try
        {
            using Process once = Start(busId, "driver_version,clocks.max.sm,clocks.max.mem,power.limit");
            string line = once.StandardOutput.ReadToEnd().Trim();
            once.WaitForExit();
            if (once.ExitCode != 0 || line.Split(", ") is not [var driver, var multiprocessors, var memory, var power]) return;
            _limits = $"driver {driver}; at most {multiprocessors} MHz, memory {memory} MHz, {power} W";
            _sampling = Start(busId, "utilization.gpu,clocks.sm,clocks.mem", "-lms", "250");
            _sampling.OutputDataReceived += (_, line) => Add(line.Data);
            _sampling.BeginOutputReadLine();
        }
        catch (Win32Exception)
        {
            // There is no nvidia-smi.
        }
    }

    /// <summary>Takes a line of nvidia-smi: utilisation in percent, clocks of multiprocessors and memory in MHz.</summary>
    public void Add(string? line)
    {
        int[] numbers = [.. (line ?? "").Split(", ").Select(text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        if (numbers is not [>= LeastUtilization, >= 0, >= 0]) return;
        lock (_samples) _samples.Add((numbers[1], numbers[2]));
    }

    /// <summary>Driver, limits, and what was sampled so far: lowest, middle and highest.</summary>
    public override string ToString()
    {
        lock (_samples)
        {
            return _samples.Count == 0
                ? $"{_limits}; not sampled at work"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_limits}; at work {Range(sample => sample.Multiprocessors)} MHz, memory {Range(sample => sample.Memory)} MHz (lowest/median/highest of {_samples.Count} samples)");
        }

        string Range(Func<(int Multiprocessors, int Memory), int> clock)
        {
            int[] sorted = [.. _samples.Select(clock).Order()];
            return string.Create(CultureInfo.InvariantCulture, $"{sorted[0]}/{sorted[sorted.Length / 2]}/{sorted[^1]}");
        }
    }

    public void Dispose()
    {
        if (_sampling is null) return;
        if (!_sampling.HasExited) _sampling.Kill();
        _sampling.Dispose();
    }

    private static Process Start(string busId, string query, params string[] more) => Process.Start(
        new ProcessStartInfo(Shell.Find("nvidia-smi"), ["-i", busId, $"--query-gpu={query}", "--format=csv,noheader,nounits", .. more])
        {
            RedirectStandardOutput = true,
        })!;
}
