using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>The real process and real signals.</summary>
[Category("Device")]
[Platform("Unix")]
internal sealed partial class SignalTests
{
    private const int HangUp = 1, Interrupt = 2, Quit = 3, Terminate = 15;
    private const int OwnerReadsAndWrites = 0x180;

    /// <summary>Longer than a job has to stop by itself.</summary>
    private static readonly TimeSpan s_beyondGrace = TimeSpan.FromSeconds(1.5);

    [TestCase(Interrupt)]
    [TestCase(Terminate)]
    [TestCase(HangUp)]
    [TestCase(Quit)]
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
            await ExpectCancelled(process, signal, timeout);
            Assert.That(await process.StandardOutput.ReadToEndAsync(timeout), Is.Empty);
            Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv" }));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [TestCase("fit", "-", "--out")]
    [TestCase("fit", "pipe", "--out")]
    [TestCase("score", "model", "-", "--out")]
    [TestCase("score", "pipe", "data", "--out")]
    [TestCase("info", "pipe", "--json")]
    [CancelAfter(60_000)]
    public async Task A_signal_ends_a_command_that_waits_for_somebody_to_write(params string[] args)
    {
        CancellationToken timeout = TestContext.CurrentContext.CancellationToken;
        SkipWhereIgnored(Terminate);
        using var folder = new TestFolder();
        string model = Fit(folder), pipe = MakePipe(folder.File("pipe"));
        string[] before = folder.Files;
        using Process process = ProgramProcess.StartWithInput("iad", [.. args.Select(word => word switch
        {
            "pipe" => pipe,
            "model" => model,
            "data" => folder.File("data.csv"),
            _ => word,
        }), folder.File("new")]);
        try
        {
            await Listening(process, timeout);
            if (args.Contains("-"))
            {
                // More than a pipe holds: when it is written, some of it has been read, and the rest is waited for.
                await process.StandardInput.WriteLineAsync("a,b,c,d");
                for (int i = 0; i < 30_000; i++) await process.StandardInput.WriteLineAsync("0.1,0.2,0.3,0.4");
                await process.StandardInput.FlushAsync(timeout);
            }

            await Task.Delay(s_beyondGrace, timeout);
            Assert.That(process.HasExited, Is.False);
            await ExpectCancelled(process, Terminate, timeout);
            Assert.That(folder.Files, Is.EqualTo(before));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_signal_ends_a_command_whose_output_nobody_reads(CancellationToken timeout)
    {
        SkipWhereIgnored(Interrupt);
        using var folder = new TestFolder();
        string model = Fit(folder);
        using Process process = ProgramProcess.Start("iad", "score", model, folder.WriteCsv("many.csv", rows: 50_000, label: false));
        try
        {
            Assert.That(await process.StandardOutput.ReadLineAsync(timeout), Is.EqualTo("row,score,percentile,p_value,label"));
            await Task.Delay(s_beyondGrace, timeout);
            Assert.That(process.HasExited, Is.False);
            await ExpectCancelled(process, Interrupt, timeout);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(60_000)]
    public async Task Results_that_are_being_written_are_waited_for_unless_a_later_signal_insists(bool insists)
    {
        CancellationToken timeout = TestContext.CurrentContext.CancellationToken;
        SkipWhereIgnored(Terminate);
        using var folder = new TestFolder();
        // The report is more than a pipe holds, so that it is being written until somebody reads it.
        using Process process = ProgramProcess.Start("iad", "fit", folder.WriteCsv(), "--label", "label", "--device", "cpu", "--model", "svdd", "--rounds", "1",
            "--epochs", "1", "--out", folder.File("m.iad"), "--report", "/dev/stdout");
        try
        {
            while (!File.Exists(folder.File("m.iad"))) await Task.Delay(10, timeout);
            await Task.Delay(s_beyondGrace, timeout);
            Assert.That(Kill(process.Id, Terminate), Is.Zero);
            await Task.Delay(s_beyondGrace, timeout);
            Assert.That(process.HasExited, Is.False);
            if (insists) await ExpectCancelled(process, Terminate, timeout);
            string output = await process.StandardOutput.ReadToEndAsync(timeout);
            await process.WaitForExitAsync(timeout);
            Assert.That(process.ExitCode, Is.EqualTo(insists ? ExitCodes.Cancelled : ExitCodes.Success));
            if (!insists) Assert.That(output, Does.Contain("</html>").And.Contain("The report is in /dev/stdout."));
            Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad" }));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(600_000)]
    public async Task A_signal_at_any_moment_gives_130_and_no_half_file_or_comes_after_the_work(CancellationToken timeout)
    {
        SkipWhereIgnored(Terminate);
        using var folder = new TestFolder();
        string data = folder.WriteCsv(), model = folder.File("m.iad"), json = folder.File("r.json"), page = folder.File("r.html");
        int cancelled = 0, late = 0;
        bool isDone = false;

        // On a busy machine the work may be over before its listening is noticed; then it begins again.
        for (int delay = 0; !isDone || (cancelled == 0 && ++late < 20); delay = isDone ? 0 : delay + Math.Max(20, delay / 5))
        {
            foreach (string file in (string[])[model, json, page]) File.Delete(file);
            using Process process = ProgramProcess.Start("iad", "fit", data, "--label", "label", "--device", "cpu", "--model", "svdd", "--rounds", "1",
                "--epochs", "1", "--out", model, "--json", json, "--report", page);
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout), error = process.StandardError.ReadToEndAsync(timeout);
            await Listening(process, timeout);
            await Task.Delay(delay, timeout);
            isDone = process.HasExited || Kill(process.Id, Terminate) != 0;
            await process.WaitForExitAsync(timeout);
            string what = $"after {delay} ms: {await error}";
            Assert.That(process.ExitCode, Is.AnyOf(ExitCodes.Success, ExitCodes.Cancelled), what);
            cancelled += process.ExitCode == ExitCodes.Cancelled ? 1 : 0;
            if (File.Exists(model)) Assert.That(AnomalyDetector.Load(model).IsChecked, what);
            if (File.Exists(json)) Assert.That(() => JsonDocument.Parse(File.ReadAllText(json)).Dispose(), Throws.Nothing, what);
            if (File.Exists(page)) Assert.That(File.ReadAllText(page).TrimEnd(), Does.EndWith("</html>"), what);
            Assert.That(folder.Files.Where(file => file.StartsWith('.')), Is.Empty, what);
            if (process.ExitCode == ExitCodes.Cancelled) continue;
            Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad", "r.html", "r.json" }), what);
            Assert.That(await output, Does.Contain("The report is in"), what);
        }

        Assert.That(cancelled, Is.GreaterThan(0));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_hang_up_that_is_ignored_at_the_start_stays_ignored(CancellationToken timeout)
    {
        SkipWhereIgnored(Terminate);
        using var folder = new TestFolder();
        using Process process = ProgramProcess.StartByShell("trap '' HUP", "iad", "fit", "--device", "cpu", folder.WriteCsv(), "--label", "label", "--model", "svdd",
            "--rounds", "60000", "--epochs", "1000");
        try
        {
            Assert.That(await process.StandardError.ReadLineAsync(timeout), Does.StartWith("Training svdd"));
            Assert.That(Kill(process.Id, HangUp), Is.Zero);
            await Task.Delay(s_beyondGrace, timeout);
            Assert.That(process.HasExited, Is.False);
            await ExpectCancelled(process, Terminate, timeout);
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

    [TestCase("three.png", "three.png")]
    [TestCase("class/three.png", "class/three.png")]
    [TestCase("train-images-idx3-ubyte", "train-images-idx3-ubyte")]
    [CancelAfter(60_000)]
    public async Task A_pipe_among_images_is_refused_and_not_waited_for(string name, string named)
    {
        CancellationToken timeout = TestContext.CurrentContext.CancellationToken;
        using var folder = new TestFolder();
        string images = Directory.CreateDirectory(folder.File("images")).FullName;
        Directory.CreateDirectory(Path.Combine(images, "class"));
        string pipe = MakePipe(folder.File("pipe"));
        File.CreateSymbolicLink(Path.Combine(images, name), pipe);
        CliRun run = await Task.Run(() => CliRun.Of("fit", images, "--images"), timeout).WaitAsync(timeout);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain($"images/{named}: it is empty, or no file but a pipe"));
        File.Delete(Path.Combine(images, name));
        MakePipe(Path.Combine(images, name));
        run = await Task.Run(() => CliRun.Of("fit", images, "--images"), timeout).WaitAsync(timeout);
        Assert.That((run.Code, run.Err.Contains($"images/{named}: it is empty", StringComparison.Ordinal)), Is.EqualTo((ExitCodes.BadInput, true)), run.Err);
    }

    private static async Task ExpectCancelled(Process process, int signal, CancellationToken timeout)
    {
        Task<string> error = process.StandardError.ReadToEndAsync(timeout);
        Assert.That(Kill(process.Id, signal), Is.Zero);
        await process.WaitForExitAsync(timeout);
        Assert.That(process.ExitCode, Is.EqualTo(ExitCodes.Cancelled), await error);
        Assert.That(await error, Does.Contain("error: cancelled"));
    }

    /// <summary>Waits until the program has its signals; before that the system ends it, before it has done anything.</summary>
    private static async Task Listening(Process process, CancellationToken timeout)
    {
        string status = $"/proc/{process.Id}/status";
        if (!File.Exists(status) || IsIn("SigIgn:", HangUp, status))
        {
            await Task.Delay(1000, timeout);
            return;
        }

        // It takes that one after those to interrupt and to terminate, and nothing else in the process takes it.
        while (!IsIn("SigCgt:", HangUp, status)) await Task.Delay(1, timeout);
    }

    /// <summary>A process that was started with a signal ignored, as by nohup, hands that on to its children.</summary>
    private static void SkipWhereIgnored(int signal)
    {
        const string Status = "/proc/self/status";
        if (File.Exists(Status) && IsIn("SigIgn:", signal, Status))
            Assert.Ignore($"Signal {signal} is ignored in this process and all that it starts.");
    }

    private static bool IsIn(string set, int signal, string status)
    {
        string line = File.ReadLines(status).First(line => line.StartsWith(set, StringComparison.Ordinal))[set.Length..].Trim();
        return (ulong.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }

    private static string Fit(TestFolder folder)
    {
        string model = folder.File("m.iad");
        CliRun fit = CliRun.Of("fit", folder.WriteCsv(), "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "1", "--out", model);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        return model;
    }

    private static string MakePipe(string path)
    {
        Assert.That(MakePipe(path, OwnerReadsAndWrites), Is.Zero);
        return path;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, int mode);
}
