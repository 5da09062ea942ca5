using System.Diagnostics;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Build;

/// <summary>
/// What build.ps1 says that it calls. Where PowerShell is installed, it is run too, with a function in the place of
/// <c>dotnet</c> that prints each call and the folder it was made in.
/// </summary>
public sealed partial class BuildScriptTests
{
    private const string BuildCall = "dotnet build IadNative.sln -c Release";
    private const string TestCall = "dotnet test IadNative.sln -c Release";
    private const string BenchCall = "dotnet run -c Release --project bench/IadNative.Bench --";
    private const string PackCall = "dotnet pack IadNative.sln -c Release -o artifacts";
    internal const string SbomCall = "dotnet tool exec CycloneDX --yes -- src/IadNative.Cli/IadNative.Cli.csproj -o artifacts "
        + "-fn iad.cdx.json -F Json -ipr -sn IadNative.Cli -sv 0.1.0 --set-nuget-purl";

    private static readonly string s_script = Path.Combine(AppContext.BaseDirectory, "build.ps1");
    private static readonly string s_scriptFolder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
    private static readonly string s_callersFolder = Path.GetPathRoot(AppContext.BaseDirectory)!;
    private static readonly string s_text = File.ReadAllText(s_script);
    private static readonly string? s_powerShell = FindPowerShell();

    private static readonly TestCaseData[] s_commandLines =
    [
        new("", new[] { BuildCall }),
        new("build", new[] { BuildCall }),
        new("test", new[] { TestCall }),
        new("bench", new[] { BenchCall }),
        new("pack", new[] { PackCall }),
        new("sbom", new[] { SbomCall }),
        new("pack build test", new[] { PackCall, BuildCall, TestCall }),
        new("build, test", new[] { BuildCall, TestCall }),
        new("BUILD Test", new[] { BuildCall, TestCall }),
        new("build bench --filter '*Adam*' pack", new[] { BuildCall, BenchCall + " --filter *Adam* pack" }),
    ];

    [Test]
    public void The_targets_are_the_calls_that_its_help_lists()
    {
        string[] calls =
        [
            .. TargetLine().Matches(s_text).Select(match =>
                "dotnet " + string.Join(' ', Word().Matches(match.Groups[1].Value).Select(word => word.Groups[1].Value))),
        ];
        Assert.That(calls, Is.EquivalentTo(new[] { BuildCall, TestCall, BenchCall, PackCall, SbomCall }));
        string help = s_text[..s_text.IndexOf("#>", StringComparison.Ordinal)];
        foreach (string call in calls) Assert.That(help, Does.Contain(call));
        Assert.That(Example().Count(help), Is.EqualTo(4));
        Assert.That(s_text, Does.Contain("[string[]] $Target = 'build'"));
    }

    [TestCaseSource(nameof(s_commandLines))]
    public void Makes_exactly_the_calls_of_the_targets_in_their_order(string arguments, string[] calls)
    {
        Outcome outcome = Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Calls, Is.EqualTo(calls));
            Assert.That(outcome.Error, Is.Null);
            Assert.That(outcome.Printed, Is.Empty);
        });
    }

    [TestCaseSource(nameof(s_commandLines))]
    public void WhatIf_prints_the_same_calls_and_makes_none(string arguments, string[] calls)
    {
        Outcome outcome = Run($"-WhatIf {arguments}");
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Printed, Is.EqualTo(calls.Select(call => $"What if: {call}")));
            Assert.That(outcome.Calls, Is.Empty);
            Assert.That(outcome.Error, Is.Null);
        });
    }

    [Test]
    public void Its_help_has_a_synopsis_and_an_example_for_each_way_of_use()
    {
        string[] help = Invoke($"$help = Get-Help -Full {Quoted(s_script)}; $help.Synopsis; @($help.examples.example).Count");
        Assert.That(help, Is.EqualTo(new[] { "Builds, tests, benchmarks or packs IadNative, or lists what it is made of.", "4" }));
    }

    [Test]
    public void Makes_its_calls_in_its_own_folder_and_returns_to_the_callers()
    {
        Outcome outcome = Run("build test");
        Assert.Multiple(() =>
        {
            Assert.That(outcome.CallFolders, Is.EqualTo([s_scriptFolder, s_scriptFolder]));
            Assert.That(outcome.FolderAfterwards, Is.EqualTo(s_callersFolder));
        });
    }

    [TestCase("nonsense")]
    [TestCase("build nonsense")]
    [TestCase("''")]
    public void An_unknown_target_is_an_error_before_anything_runs(string arguments)
    {
        Outcome outcome = Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Error, Does.StartWith("There is no target '").And.Contain("build, test, bench, pack and sbom"));
            Assert.That(outcome.Calls, Is.Empty);
        });
    }

    [Test]
    public void A_failing_call_ends_the_script_with_its_exit_code()
    {
        Outcome outcome = Run("build test pack", failOn: "test", exitCode: 3);
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Calls, Is.EqualTo([BuildCall, TestCall]));
            Assert.That(outcome.ExitCode, Is.EqualTo(3));
            Assert.That(outcome.Error, Is.Null);
            Assert.That(outcome.FolderAfterwards, Is.EqualTo(s_callersFolder));
        });
    }

    private static Outcome Run(string arguments, string failOn = "nothing", int exitCode = 0)
    {
        string[] lines = Invoke($$"""
            function global:dotnet {
                "call:dotnet $args"
                "folder:$PWD"
                $global:LASTEXITCODE = if ($args[0] -eq '{{failOn}}') { {{exitCode}} } else { 0 }
            }
            Set-Location {{Quoted(s_callersFolder)}}
            $global:LASTEXITCODE = 0
            try { & {{Quoted(s_script)}} {{arguments}} } catch { "error:$_" }
            "exit:$LASTEXITCODE"
            "afterwards:$PWD"
            """);
        return new Outcome(
            After("call:"), After("folder:"),
            [.. lines.Where(line => !line.Contains(':', StringComparison.Ordinal) || line.StartsWith("What if:", StringComparison.Ordinal))],
            int.Parse(After("exit:").Single()), After("error:").SingleOrDefault(), After("afterwards:").Single());

        string[] After(string start) =>
            [.. lines.Where(line => line.StartsWith(start, StringComparison.Ordinal)).Select(line => line[start.Length..])];
    }

    // What a script prints, line by line.
    private static string[] Invoke(string script)
    {
        if (s_powerShell is null) Assert.Ignore("There is no pwsh on the PATH to run build.ps1 with.");
        var start = new ProcessStartInfo(s_powerShell!, ["-NoProfile", "-NonInteractive", "-Command", script])
        {
            RedirectStandardOutput = true,
            Environment = { ["NO_COLOR"] = "1" },
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string? FindPowerShell()
    {
        string name = OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh";
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    [GeneratedRegex(@"^\s+(?:'\w+' \{\s+, |, \()@\(([^)]*)\)", RegexOptions.Multiline)]
    private static partial Regex TargetLine();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\.EXAMPLE\r?\n\./build\.ps1", RegexOptions.Multiline)]
    private static partial Regex Example();

    private sealed record Outcome(
        string[] Calls, string[] CallFolders, string[] Printed, int ExitCode, string? Error, string FolderAfterwards);
}
