using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>The real process and real signals.</summary>
[Platform("Unix")]
internal sealed partial class SignalTests
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    [TestCase(Interrupt)]
    [TestCase(Terminate)]
    [CancelAfter(60_000)]
    public async Task A_signal_during_a_long_fit_ends_it_with_130_and_leaves_no_file(int signal, CancellationToken timeout)
    {
        SkipWhereIgnored(signal);
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        using Process process = ProgramProcess.Start("iad", "fit", "--device", "cpu", data, "--label", "label", "--model", "svdd", "--rounds", "60000", "--epochs", "1000",
            "--out", folder.File("m.iad"), "--json", folder.File("r.json"));
        try
        {
            // The line that says what is trained comes right before training.
            string? line = await process.StandardError.ReadLineAsync(timeout);
            Assert.That(line, Does.StartWith("Training svdd"));
            await Task.Delay(500, timeout);
            Assert.That(process.HasExited, Is.False);
            Assert.That(Kill(process.Id, signal), Is.Zero);
            await process.WaitForExitAsync(timeout);
            Assert.That(process.ExitCode, Is.EqualTo(ExitCodes.Cancelled));
            Assert.That(await process.StandardError.ReadToEndAsync(timeout), Does.Contain("error: cancelled"));
            Assert.That(await process.StandardOutput.ReadToEndAsync(timeout), Is.Empty);
            Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv" }));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_reader_that_goes_away_early_ends_nothing_with_an_error(CancellationToken timeout)
    {
        using Process process = ProgramProcess.Start("iad", "fit", "--device", "cpu", "--help");
        process.StandardOutput.Close();
        await process.WaitForExitAsync(timeout);
        Assert.That(await process.StandardError.ReadToEndAsync(timeout), Is.Empty);
        Assert.That(process.ExitCode, Is.EqualTo(ExitCodes.Success));
    }

    /// <summary>A process that was started with a signal ignored, as by nohup, hands that on to its children.</summary>
    private static void SkipWhereIgnored(int signal)
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status)) return;
        string ignored = File.ReadLines(Status).First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        ulong mask = ulong.Parse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if ((mask >> (signal - 1) & 1) != 0) Assert.Ignore($"Signal {signal} is ignored in this process and all that it starts.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
