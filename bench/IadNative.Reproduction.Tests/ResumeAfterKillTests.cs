using System.Diagnostics;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

/// <summary>The real process, killed where it stands.</summary>
internal sealed class ResumeAfterKillTests
{
    private const int Seeds = 40;
    private const int FinishedBeforeKill = 5;

    [Test]
    [CancelAfter(120_000)]
    public async Task A_killed_command_goes_on_without_repeating_or_losing_a_trial(CancellationToken timeout)
    {
        using var folder = new OddsFolder();
        folder.Write("cardio", rows: 240);
        string[] finished = await KillAfterSomeTrials(folder, timeout);
        Assert.That(finished, Has.Length.InRange(FinishedBeforeKill, Seeds - 1), "The kill came too late to test anything.");
        Dictionary<string, (DateTime, string)> before = finished.ToDictionary(file => file, Stamp);

        CliRun resumed = ReproductionRun.Of(Arguments(folder, "out"));
        Assert.That(resumed.Code, Is.EqualTo(ExitCodes.Success), resumed.Err);
        Assert.That(resumed.Err, Does.Contain($"{finished.Length} of them done before"));
        Assert.That(folder.Trials(), Has.Length.EqualTo(Seeds));
        foreach ((string file, (DateTime, string) stamp) in before) Assert.That(Stamp(file), Is.EqualTo(stamp), file);

        ReproductionRun.Of(Arguments(folder, "whole"));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.json")),
            Is.EqualTo(File.ReadAllText(Path.Combine(folder.Out("whole"), "table2.json"))));
    }

    private static async Task<string[]> KillAfterSomeTrials(OddsFolder folder, CancellationToken timeout)
    {
        using Process process = ProgramProcess.Start("IadNative.Reproduction", Arguments(folder, "out"));
        try
        {
            while (folder.Trials().Length < FinishedBeforeKill && !process.HasExited) await Task.Delay(5, timeout);
        }
        finally
        {
            // SIGKILL where there are signals: nothing in the process can react to it.
            process.Kill();
        }

        await process.WaitForExitAsync(timeout);
        return folder.Trials();
    }

    private static string[] Arguments(OddsFolder folder, string output) =>
    [
        "table2", "--data", folder.Data, "--datasets", "cardio", "--models", "svdd", "--seeds", $"{Seeds}",
        "--threads", "1", "--device", "cpu", "--out", folder.Out(output),
    ];

    private static (DateTime Written, string Text) Stamp(string file) => (File.GetLastWriteTimeUtc(file), File.ReadAllText(file));
}
