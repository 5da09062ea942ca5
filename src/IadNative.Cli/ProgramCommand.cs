using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using IadNative.Messages;

namespace IadNative.Cli;

/// <summary>What the root command of every program of this repository has and does alike.</summary>
internal static class ProgramCommand
{
    /// <summary>Adds help that ends with examples, and the version.</summary>
    /// <param name="root">The program's command; it is named as people type it.</param>
    /// <param name="examples">The examples of the command and of those below it.</param>
    public static void AddHelpAndVersion(Command root, IReadOnlyDictionary<Command, string> examples)
    {
        var help = new HelpOption();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        root.Add(help);
        root.Add(new Option<bool>("--version")
        {
            Description = "Show the version.",
            Recursive = true,
            Action = new VersionAction(),
        });
    }

    /// <summary>Runs one command line; nothing is thrown.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(Terminal terminal, IReadOnlyList<string> args, Func<Command> create) =>
        ErrorReporting.Guard(terminal, () => Invoke(create().Parse(args), terminal));

    private static int Invoke(ParseResult parsed, Terminal terminal)
    {
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true }) return RefuseCommandLine(parsed, terminal);
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Err,
            EnableDefaultExceptionHandler = false,
            // Signals are the program's own business; see StopSignals.
            ProcessTerminationTimeout = null,
        });
    }

    private static int RefuseCommandLine(ParseResult parsed, Terminal terminal)
    {
        foreach (ParseError error in parsed.Errors) terminal.Fail(ForeignText.Message(error.Message));
        string command = "";
        for (SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
            if (result is CommandResult own) command = $"{own.Command.Name} {command}";
        terminal.Say($"See '{command}--help'.");
        return ExitCodes.BadInput;
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Product.Version);
            return ExitCodes.Success;
        }
    }
}
