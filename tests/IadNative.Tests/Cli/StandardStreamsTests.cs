using System.Diagnostics;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>The real process, started with streams that are closed or full.</summary>
[Category("Device")]
[Platform("Linux", Reason = "Streams are closed and filled by a shell and /dev/full.")]
internal sealed class StandardStreamsTests
{
    private static readonly string[] s_redirections =
    [
        "exec >/dev/full", "exec >&-", "exec 2>/dev/full", "exec 2>&-", "exec >/dev/full 2>/dev/full", "exec >&- 2>&-", "exec <&-",
        "exec <&- >&- 2>&-", "exec </dev/null >/dev/full 2>&-",
    ];

    [TestCase("exec >&-")]
    [TestCase("exec 2>&-")]
    [TestCase("exec <&- >&- 2>&-")]
    [CancelAfter(120_000)]
    public async Task A_closed_stream_costs_a_fit_nothing_and_no_word_gets_into_its_files(string first, CancellationToken timeout)
    {
        using var folder = new TestFolder();
        string[] fit = Fit(folder);
        Assert.That(CliRun.Of(fit).Code, Is.EqualTo(ExitCodes.Success));
        byte[] model = File.ReadAllBytes(folder.File("m.iad"));
        foreach (string file in (string[])["m.iad", "r.json", "r.html"]) File.Delete(folder.File(file));
        (int code, string output, string error) = await Run(first, fit, timeout);
        bool printed = !first.Contains(">&-", StringComparison.Ordinal) || first == "exec 2>&-";
        Assert.That(code, Is.EqualTo(printed ? ExitCodes.Success : ExitCodes.Failed), error);
        Assert.That(File.ReadAllBytes(folder.File("m.iad")), Is.EqualTo(model));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad", "r.html", "r.json" }));
        Assert.That(output, printed ? Does.Contain("The report is in") : Is.Empty);
        if (first == "exec >&-") Assert.That(error, Does.Contain("standard output cannot be written: it was closed").And.Contain("m.iad, "));
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(600_000)]
    public async Task Every_command_has_a_documented_exit_code_and_all_its_files_whatever_becomes_of_the_streams(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        string[] fit = Fit(folder);
        string data = folder.File("data.csv"), model = folder.File("m.iad"), json = folder.File("r.json"), page = folder.File("r.html");
        string kept = folder.File("kept.iad"), scores = folder.File("s.csv"), onnx = folder.File("m.onnx");
        Assert.That(CliRun.Of(fit).Code, Is.EqualTo(ExitCodes.Success));
        File.Move(model, kept);
        byte[] bytes = File.ReadAllBytes(kept);
        Assert.That(CliRun.Of("score", kept, data, "--label", "label", "--out", scores).Code, Is.EqualTo(ExitCodes.Success));
        string table = File.ReadAllText(scores), fleet = folder.File("fleet");
        Assert.That(CliRun.Of("fleet", "fit", data, "--label", "label", "--model", "svdd", "--rounds", "0", "--epochs", "1", "--out", fleet).Code, Is.Zero);
        (string[] Args, string[] Files, bool Prints, int Code)[] commands =
        [
            (fit, [model, json, page], true, 0),
            ([.. fit[..^4], "--json", "-"], [model], true, 0),
            (["score", kept, data, "--label", "label"], [], true, 0),
            (["score", kept, data, "--label", "label", "--out", scores], [scores], false, 0),
            (["info", kept, "--json", json], [json], true, 0),
            (["export", kept, "--onnx", onnx], [onnx], true, 0),
            (["drift", kept, data, "--label", "label", "--json", json], [json], true, 0),
            (["fit", "--from", kept, data, "--label", "label", "--threads", "1", "--out", model], [], true, 0),
            (["fleet", "status", fleet], [], true, 0),
            (["fleet", "results", fleet], [], true, 0),
            (["fleet", "results", fleet, "--out", json], [json], false, 0),
            (["fleet", "fit", "--out", fleet], [], false, 0),
            (["info", "--json", "-"], [], true, 0),
            (["fit", "--help"], [], true, 0),
            (["--version"], [], true, 0),
            (["fit", folder.File("none.csv")], [], false, 2),
            (["fit"], [], false, 2),
        ];
        foreach ((string[] args, string[] files, bool prints, int documented) in commands)
        {
            foreach (string first in s_redirections)
            {
                foreach (string file in (string[])[model, json, page, scores, onnx]) File.Delete(file);
                (int code, _, string error) = await Run(first, args, timeout);
                bool lost = prints && (first.Contains(" >&-", StringComparison.Ordinal) || first.Contains(" >/dev/full", StringComparison.Ordinal));
                string what = $"{first}: {string.Join(' ', args)}: {error}";
                Assert.That(code, Is.EqualTo(lost ? ExitCodes.Failed : documented), what);
                foreach (string file in files) Assert.That(new FileInfo(file).Length, Is.GreaterThan(100), what);
                if (files.Contains(model)) Assert.That(File.ReadAllBytes(model), Is.EqualTo(bytes), what);
                if (files.Contains(scores)) Assert.That(File.ReadAllText(scores), Is.EqualTo(table), what);
                if (lost && !first.Contains("2>", StringComparison.Ordinal)) Assert.That(error, Does.Contain("standard output cannot be written"), what);
            }
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Data_from_a_standard_input_that_is_closed_are_the_commands_fault(CancellationToken timeout)
    {
        (int code, _, string error) = await Run("exec <&-", ["fit", "-"], timeout);
        Assert.That(code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(error, Does.Contain("standard input is closed"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Scores_whose_reader_goes_away_do_not_pass_for_whole(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        Assert.That(CliRun.Of(Fit(folder)).Code, Is.EqualTo(ExitCodes.Success));
        string many = folder.WriteCsv("many.csv", rows: 20_000, label: false);
        using Process process = ProgramProcess.Start("iad", "score", folder.File("m.iad"), many);
        Assert.That(await process.StandardOutput.ReadLineAsync(timeout), Is.EqualTo("row,score,percentile,p_value,label"));
        process.StandardOutput.Close();
        string error = await process.StandardError.ReadToEndAsync(timeout);
        await process.WaitForExitAsync(timeout);
        Assert.That(process.ExitCode, Is.EqualTo(ExitCodes.Failed), error);
        Assert.That(error, Does.Contain("error: standard output was closed by its reader before all was written"));
    }

    private static async Task<(int Code, string Out, string Err)> Run(string first, string[] args, CancellationToken timeout)
    {
        using Process process = ProgramProcess.StartByShell(first, "iad", args);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout), error = process.StandardError.ReadToEndAsync(timeout);
            await process.WaitForExitAsync(timeout);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static string[] Fit(TestFolder folder) =>
    [
        "fit", folder.WriteCsv(), "--label", "label", "--device", "cpu", "--model", "svdd", "--rounds", "1", "--epochs", "1",
        "--out", folder.File("m.iad"), "--json", folder.File("r.json"), "--report", folder.File("r.html"),
    ];
}
