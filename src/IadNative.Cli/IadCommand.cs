using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using IadNative.Cli.Reproduction;

namespace IadNative.Cli;

/// <summary>The <c>iad</c> command as a whole.</summary>
internal static class IadCommand
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="cuda">The way to CUDA; null for the machine's own.</param>
    /// <param name="cancellationToken">Stops the job in good order.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CudaAccess? cuda = null,
        CancellationToken cancellationToken = default)
    {
        var terminal = new Terminal(output, error);
        return ErrorReporting.Guard(terminal, () => Invoke(args, terminal, cuda ?? CudaAccess.Native, cancellationToken));
    }

    /// <summary>The commands with all their options.</summary>
    public static Command Create(Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        Command fit = FitCommand.Create(terminal, cuda, cancellationToken);
        Command score = ScoreCommand.Create(terminal, cancellationToken);
        Command info = InfoCommand.Create(terminal, cuda);
        Command reproduce = ReproduceCommand.Create(terminal, cuda, cancellationToken);
        var help = new HelpOption();
        var root = new Command("iad", "Find anomalies with detectors that learn from data that nobody cleaned.")
        {
            help,
            new Option<bool>("--version")
            {
                Description = "Show the version.",
                Recursive = true,
                Action = new VersionAction(),
            },
            fit,
            score,
            info,
            reproduce,
        };
        help.Action = new HelpWithExamples((HelpAction)help.Action!, new Dictionary<Command, string>
        {
            [root] = string.Join(
                Environment.NewLine, FitCommand.Examples, ScoreCommand.Examples, InfoCommand.Examples, ReproduceCommand.Examples),
            [fit] = FitCommand.Examples,
            [score] = ScoreCommand.Examples,
            [info] = InfoCommand.Examples,
            [reproduce] = ReproduceCommand.Examples,
        });
        return root;
    }

    private static int Invoke(
        IReadOnlyList<string> args, Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        ParseResult parsed = Create(terminal, cuda, cancellationToken).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true }) return RefuseCommandLine(parsed, terminal);
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Err,
            EnableDefaultExceptionHandler = false,
            // Signals are the program's own business; see Program.cs.
            ProcessTerminationTimeout = null,
        });
    }

    private static int RefuseCommandLine(ParseResult parsed, Terminal terminal)
    {
        foreach (ParseError error in parsed.Errors) terminal.Fail(error.Message);
        string command = parsed.CommandResult.Command.Name;
        terminal.Err.WriteLine($"See '{(command == "iad" ? command : $"iad {command}")} --help'.");
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
