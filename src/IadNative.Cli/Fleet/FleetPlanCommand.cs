using System.CommandLine;
using IadNative.Fleet;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet plan</c>: parts the data and writes down what is to be fitted.</summary>
internal static class FleetPlanCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("plan", "Part the data, store the parts and write down what is to be fitted, and fit nothing.");
        var syntax = new FleetSyntax();
        syntax.AddTo(command);
        command.SetAction(parsed =>
        {
            FleetFolder folder = FleetInput.Open(syntax.FolderOf(parsed), terminal);
            if (syntax.Plan(parsed, folder, terminal, cancellationToken) is null) throw new BadInputException("a plan needs SOURCES.");
            return ExitCodes.Success;
        });
        return command;
    }
}
