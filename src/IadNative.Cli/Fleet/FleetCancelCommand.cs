using System.CommandLine;
using IadNative.Fleet;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet cancel</c>: asks all who work on a fleet to stop.</summary>
internal static class FleetCancelCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var command = new Command("cancel", "Ask every process that fits this fleet, on any machine, to stop; finished results are kept.");
        Argument<string> fleet = FleetInput.Argument();
        command.Add(fleet);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(fleet);
            FleetFolder folder = FleetInput.Open(path, terminal);
            _ = FleetInput.ReadPlan(folder, path);
            folder.RequestCancel();
            terminal.Say("All who work on it stop within seconds; 'iad fleet fit' goes on.");
            return ExitCodes.Success;
        });
        return command;
    }
}
