using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace IadNative.Tests.Build;

/// <summary>
/// Runs build.ps1 inside this process, with a function in the place of <c>dotnet</c> that records each call and the
/// folder it was made in.
/// </summary>
public sealed class BuildScriptTests
{
    private const string BuildCall = "dotnet build IadNative.sln -c Release";
    private const string TestCall = "dotnet test IadNative.sln -c Release";
    private const string BenchCall = "dotnet run -c Release --project bench/IadNative.Bench --";
    private const string PackCall = "dotnet pack IadNative.sln -c Release -o artifacts";

    private static readonly string ScriptPath = Path.Combine(AppContext.BaseDirectory, "build.ps1");

    private static readonly string ScriptFolder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
    private static readonly string CallersFolder = Path.GetPathRoot(AppContext.BaseDirectory)!;

    private static readonly TestCaseData[] CommandLines =
    [
        new("", new[] { BuildCall }),
        new("build", new[] { BuildCall }),
        new("test", new[] { TestCall }),
        new("bench", new[] { BenchCall }),
        new("pack", new[] { PackCall }),
        new("pack build test", new[] { PackCall, BuildCall, TestCall }),
        new("build, test", new[] { BuildCall, TestCall }),
        new("BUILD Test", new[] { BuildCall, TestCall }),
        new("build bench --filter '*Adam*' pack", new[] { BuildCall, BenchCall + " --filter *Adam* pack" }),
    ];

    [Test]
    public void Parses_without_errors()
    {
        Parser.ParseFile(ScriptPath, out _, out ParseError[] errors);
        Assert.That(errors, Is.Empty);
    }

    [Test]
    public void Help_has_a_synopsis_and_an_example_for_each_way_of_use()
    {
        CommentHelpInfo help = Parser.ParseFile(ScriptPath, out _, out _).GetHelpContent();
        Assert.Multiple(() =>
        {
            Assert.That(help.Synopsis, Does.Contain("Builds"));
            Assert.That(help.Parameters.Keys, Is.EqualTo(["TARGET"]));
            Assert.That(help.Examples, Has.Count.EqualTo(4).And.All.Contains("./build.ps1"));
            foreach (string call in (string[])[BuildCall, TestCall, BenchCall, PackCall])
                Assert.That(help.Description, Does.Contain(call));
        });
    }

    [TestCaseSource(nameof(CommandLines))]
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

    [TestCaseSource(nameof(CommandLines))]
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
    public void Makes_its_calls_in_its_own_folder_and_returns_to_the_callers()
    {
        Outcome outcome = Run("build test");
        Assert.Multiple(() =>
        {
            Assert.That(outcome.CallFolders, Is.EqualTo([ScriptFolder, ScriptFolder]));
            Assert.That(outcome.FolderAfterwards, Is.EqualTo(CallersFolder));
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
            Assert.That(outcome.Error, Does.StartWith("There is no target '").And.Contain("build, test, bench and pack"));
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
            Assert.That(outcome.FolderAfterwards, Is.EqualTo(CallersFolder));
        });
    }

    private static Outcome Run(string arguments, string failOn = "nothing", int exitCode = 0)
    {
        var host = new PrintedLinesHost();
        using Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
        runspace.Open();
        // Push-Location and Pop-Location come with PowerShell itself, not with the library that hosts it.
        Invoke($$"""
            $global:calls = @()
            $global:folders = @()
            function global:dotnet {
                $global:calls += "dotnet $args"
                $global:folders += $PWD.Path
                $global:LASTEXITCODE = if ($args[0] -eq '{{failOn}}') { {{exitCode}} } else { 0 }
            }
            function global:Push-Location($path) {
                $ExecutionContext.SessionState.Path.PushCurrentLocation('')
                $null = $ExecutionContext.SessionState.Path.SetLocation($path)
            }
            function global:Pop-Location { $null = $ExecutionContext.SessionState.Path.PopLocation('') }
            $null = $ExecutionContext.SessionState.Path.SetLocation('{{CallersFolder}}')
            """);

        string? error = null;
        try
        {
            Invoke($"& '{ScriptPath.Replace("'", "''", StringComparison.Ordinal)}' {arguments}");
        }
        catch (RuntimeException exception)
        {
            error = exception.Message;
        }
        string[] exit = Invoke("$LASTEXITCODE");
        return new Outcome(
            Invoke("$calls"), Invoke("$folders"), host.Printed, exit.Length == 0 ? 0 : int.Parse(exit[0]), error,
            Invoke("$PWD.Path").Single());

        string[] Invoke(string script)
        {
            using var shell = PowerShell.Create(runspace);
            return [.. shell.AddScript(script).Invoke().Where(line => line is not null).Select(line => line.ToString())];
        }
    }

    private sealed record Outcome(
        string[] Calls, string[] CallFolders, IReadOnlyList<string> Printed, int ExitCode, string? Error,
        string FolderAfterwards);
}
