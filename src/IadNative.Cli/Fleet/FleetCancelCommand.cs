using System.CommandLine;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet cancel</c>: asks all who work on a fleet to stop.</summary>
internal static class FleetCancelCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var command = new Command("cancel", "Ask every process that fits this fleet, on any machine, to stop; finished results are kept.");
        Func<ParseResult, Terminal, FleetPlace> placeOf = FleetPlace.AddTo(command);
        command.SetAction(parsed =>
        {
            using FleetPlace place = placeOf(parsed, terminal);
            _ = place.ReadPlan();
            place.Cancel();
            terminal.Say("All who work on it stop within seconds; 'iad fleet fit' goes on.");
            return ExitCodes.Success;
        });
        return command;
    }
}
