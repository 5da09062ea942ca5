using System.CommandLine;

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
        Option<string> output = FleetSyntax.FolderOption();
        output.Required = true;
        command.Add(output);
        command.SetAction(parsed =>
        {
            using FolderPlace place = FolderPlace.Open(parsed.GetRequiredValue(output), terminal);
            OutputFile.CheckName(place.Folder.Path, output.Name);
            if (syntax.Plan(parsed, place, terminal, cancellationToken) is null) throw new BadInputException("a plan needs SOURCES.");
            return ExitCodes.Success;
        });
        return command;
    }
}
