using System.Diagnostics;
using IadNative.Tests.Cli;

namespace IadNative.Tests.FaultInjection;

/// <summary>The real process where folders that programs rely on are unset, missing, no folders, unreadable or deleted.</summary>
[Platform("Linux")]
internal sealed class EnvironmentTests
{
    private static readonly string[] s_variables = ["HOME", "TMPDIR", "XDG_CACHE_HOME"];

    [Test, Category("Slow")]
    public void A_fit_needs_none_of_the_users_folders([ValueSource(nameof(s_variables))] string variable,
        [Values("unset", "empty", "missing", "file", "unreadable", "relative")] string state) => AssertFits(variable, state);

    [Test]
    public void A_fit_needs_no_home() => AssertFits("HOME", "unset");

    [Test]
    public void A_current_folder_that_is_gone_matters_to_relative_names_only()
    {
        using var folder = new TestFolder();
        folder.WriteCsv(rows: 30);
        (int code, string error) = RunInDeletedFolder(folder, Fit(folder.File("data.csv"), folder.File("model.iad"), folder.File("r.json")));
        Assert.That(code, Is.Zero, error);
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "model.iad", "r.json" }));

        foreach (string[] args in new[]
        {
            Fit("data.csv", folder.File("model.iad"), folder.File("r.json")), Fit(folder.File("data.csv"), "model.iad", folder.File("r.json")),
            Fit(folder.File("data.csv"), folder.File("model.iad"), "r.json"), ["score", "model.iad", folder.File("data.csv")],
            ["score", folder.File("model.iad"), "data.csv"], ["info", "model.iad"], ["export", folder.File("model.iad"), "--onnx", "model.onnx"],
            ["drift", "model.iad", folder.File("data.csv")], ["fit", "--from", "model.iad", folder.File("data.csv"), "--out", folder.File("newer.iad")], ["info", "--json", "info.json"],
            ["fleet", "fit", "data.csv", "--out", folder.File("fleet")], ["fleet", "status", folder.File("none")], ["fleet", "status", "fleet"],
        })
        {
            (code, error) = RunInDeletedFolder(folder, args);
            Assert.That(code, Is.EqualTo(2), string.Join(' ', args) + ": " + error);
            Assert.That(error, Does.Contain("error: ").And.Contain("current folder"), string.Join(' ', args));
        }
    }

    private static void AssertFits(string variable, string state)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(rows: 30);
        File.WriteAllText(folder.File("file"), "");
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(folder.File("unreadable"), UnixFileMode.None);
        ProcessStartInfo start = new("sh", ["-c", "cd \"$0\" && exec \"$@\"", folder.File(""),
            .. ProgramProcess.Command("iad", Fit(data, folder.File("model.iad"), folder.File("r.json")))]);
        start.Environment[variable] = state switch
        {
            "unset" => null,
            "empty" => "",
            "relative" => "somewhere",
            "file" => folder.File("file"),
            _ => folder.File(state),
        };
        (int code, string error) = Run(start);
        Assert.That(code, Is.Zero, error);
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "file", "model.iad", "r.json" }));
        Assert.That(Directory.GetDirectories(folder.File("")), Has.Length.EqualTo(1), "nothing is made beside them");
    }

    private static string[] Fit(string data, string model, string json) =>
    [
        "fit", data, "--label", "label", "--model", "svdd", "--network", "4-2", "--rounds", "0", "--epochs", "1", "--threads", "1",
        "--out", model, "--json", json,
    ];

    private static (int Code, string Error) RunInDeletedFolder(TestFolder folder, string[] args)
    {
        string gone = Directory.CreateDirectory(folder.File("gone")).FullName;
        return Run(new ProcessStartInfo("sh", ["-c", "cd \"$0\" && rmdir \"$0\" && exec \"$@\"", gone, .. ProgramProcess.Command("iad", args)]));
    }

    private static (int Code, string Error) Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(1)), Is.True);
        return (process.ExitCode, error);
    }
}
