using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IadNative.Fleet.Claims;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

/// <summary>Several real processes in one folder.</summary>
internal sealed class SideBySideTests
{
    private const int Seeds = 20;

    [Test]
    [CancelAfter(120_000)]
    public async Task Two_processes_share_the_work_and_both_have_all_of_it(CancellationToken timeout)
    {
        using var folder = Folder();
        using Process one = Start(folder), other = Start(folder);
        foreach (Process process in (Process[])[one, other])
        {
            string error = await process.StandardError.ReadToEndAsync(timeout);
            await process.WaitForExitAsync(timeout);
            Assert.That(process.ExitCode, Is.EqualTo(ExitCodes.Success), error);
        }

        Assert.That(folder.Trials(), Has.Length.EqualTo(Seeds));
        Assert.That(Claims(folder), Is.Empty);
        await AssertSameAsAlone(folder);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task No_trial_is_trained_twice_by_processes_that_live(CancellationToken timeout)
    {
        using var folder = Folder();
        using Process other = Start(folder);
        // What is stored is written once: who has trained a trial again replaces its file by a new one.
        var seen = new Dictionary<string, DateTime>();
        Task<CliRun> own = Task.Run(() => ReproductionRun.Of(timeout, Arguments(folder, "out")), timeout);
        while (!own.IsCompleted || !other.HasExited)
        {
            Look();
            await Task.Delay(2, timeout);
        }

        Look();
        CliRun run = await own;
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(other.ExitCode, Is.EqualTo(ExitCodes.Success));
        Assert.That(folder.Trials(), Has.Length.EqualTo(Seeds).And.EquivalentTo(seen.Keys));

        void Look()
        {
            foreach (string file in folder.Trials())
            {
                DateTime written = File.GetLastWriteTimeUtc(file);
                if (!seen.TryAdd(file, written)) Assert.That(written, Is.EqualTo(seen[file]), file);
            }
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task The_trial_of_a_killed_process_is_taken_over_at_once(CancellationToken timeout)
    {
        using var folder = Folder();
        using Process killed = Start(folder);
        using Process living = Start(folder);
        while (folder.Trials().Length < 3 && !killed.HasExited) await Task.Delay(5, timeout);
        killed.Kill();
        await killed.WaitForExitAsync(timeout);
        long start = Stopwatch.GetTimestamp();
        string error = await living.StandardError.ReadToEndAsync(timeout);
        await living.WaitForExitAsync(timeout);
        Assert.That(living.ExitCode, Is.EqualTo(ExitCodes.Success), error);
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(WorkClaims.StaleAfter));
        Assert.That(folder.Trials(), Has.Length.EqualTo(Seeds));
        Assert.That(Claims(folder), Is.Empty);
        await AssertSameAsAlone(folder);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_trial_that_another_machine_has_is_waited_for_and_its_result_taken(CancellationToken timeout)
    {
        using var folder = Folder();
        string[] args = Arguments(folder, "out", seeds: 2);
        Assert.That(ReproductionRun.Of(args).Code, Is.EqualTo(ExitCodes.Success));
        string trial = folder.Trials()[1], kept = folder.Out("kept.json");
        string name = Path.GetFileNameWithoutExtension(trial);
        TrialResult result = ResultFile<TrialResult>.Read(trial, ReproductionJsonContext.Default.TrialResult).Content!;
        string engine = result.Engine;
        File.Delete(trial);
        string claim = Path.Combine(folder.Out(), "trials", "claims", name + ".1.claim");
        await File.WriteAllTextAsync(claim, JsonSerializer.Serialize(
            new ClaimOwner("another machine", 1, DateTime.UnixEpoch), ClaimJsonContext.Default.ClaimOwner), timeout);
        Task<CliRun> waiting = Task.Run(() => ReproductionRun.Of(timeout, args), timeout);
        await Task.Delay(1500, timeout);
        Assert.That(waiting.IsCompleted, Is.False);
        Assert.That(File.Exists(trial), Is.False);

        // The other machine is done.
        File.WriteAllBytes(
            kept, ResultFile<TrialResult>.Write(result with { Engine = "another engine" }, ReproductionJsonContext.Default.TrialResult));
        File.Move(kept, trial);
        CliRun run = await waiting;
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Out, Does.Contain("The trainings are the work of 2 engines"));
        JsonElement engines = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.Out(), "table2.json"), timeout))
            .RootElement.GetProperty("engines");
        Assert.That(engines.EnumerateArray().Select(share =>
            (share.GetProperty("engine").GetString(), share.GetProperty("trainings").GetInt32())),
            Is.EquivalentTo(new[] { (engine, 1), ("another engine", 1) }));
        string markdown = await File.ReadAllTextAsync(Path.Combine(folder.Out(), "table2.md"), timeout);
        Assert.That(markdown, Does.Contain("1 of the trainings: another engine").And.Contain($"1 of the trainings: {engine}"));

        File.Delete(claim);
        CliRun same = ReproductionRun.Of([.. args, "--engine", "same"]);
        Assert.That(same.Err, Does.Contain("2 trainings, 1 of them done before"));
        Assert.That(same.Out, Does.Not.Contain("engines"));
        Assert.That(folder.Trials(), Has.Length.EqualTo(3));
        Assert.That(ReproductionRun.Of([.. args, "--engine", "same"]).Err, Does.Contain("2 trainings, 2 of them done before"));
    }

    private static OddsFolder Folder()
    {
        var folder = new OddsFolder();
        folder.Write("cardio", rows: 240);
        return folder;
    }

    private static Process Start(OddsFolder folder)
    {
        Process process = ProgramProcess.Start("IadNative.Reproduction", Arguments(folder, "out"));
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static string[] Claims(OddsFolder folder) => Directory.GetFiles(Path.Combine(folder.Out(), "trials", "claims"));

    /// <summary>Whoever trains, the table is the same.</summary>
    private static async Task AssertSameAsAlone(OddsFolder folder)
    {
        Assert.That(ReproductionRun.Of(Arguments(folder, "alone")).Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(folder.Out(), "table2.json")),
            Is.EqualTo(await File.ReadAllTextAsync(Path.Combine(folder.Out("alone"), "table2.json"))));
    }

    private static string[] Arguments(OddsFolder folder, string output, int seeds = Seeds) =>
    [
        "table2", "--data", folder.Data, "--datasets", "cardio", "--models", "svdd", "--seeds",
        seeds.ToString(CultureInfo.InvariantCulture), "--threads", "1", "--device", "cpu", "--out", folder.Out(output),
    ];
}
