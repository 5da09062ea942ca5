using System.CommandLine;
using IadNative.Cli.Fleet;

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
        return ProgramCommand.Run(terminal, args, () => Create(terminal, cuda ?? CudaAccess.Native, cancellationToken));
    }

    /// <summary>The commands with all their options.</summary>
    public static Command Create(Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        Command fit = FitCommand.Create(terminal, cuda, cancellationToken);
        Command score = ScoreCommand.Create(terminal, cancellationToken);
        Command drift = DriftCommand.Create(terminal, cancellationToken);
        Command export = ExportCommand.Create(terminal);
        Command info = InfoCommand.Create(terminal, cuda);
        Command fleet = FleetCommand.Create(terminal, cancellationToken);
        Command cluster = ClusterCommand.Create(terminal, cancellationToken);
        var root = new Command("iad", "Find anomalies with detectors that learn from data that nobody cleaned.")
        {
            fit,
            score,
            drift,
            export,
            fleet,
            cluster,
            info,
        };
        ProgramCommand.AddHelpAndVersion(root, new Dictionary<Command, string>
        {
            [root] = string.Join(
                Environment.NewLine, FitCommand.Examples, ScoreCommand.Examples, DriftCommand.Examples, ExportCommand.Examples, FleetCommand.Examples,
                ClusterCommand.Examples, InfoCommand.Examples),
            [fit] = string.Join(Environment.NewLine, FitCommand.Examples, ReadingSyntax.Examples),
            [score] = ScoreCommand.Examples,
            [drift] = DriftCommand.Examples,
            [export] = ExportCommand.Examples,
            [fleet] = FleetCommand.Examples,
            [cluster] = ClusterCommand.Examples,
            [info] = InfoCommand.Examples,
        });
        return root;
    }
}
