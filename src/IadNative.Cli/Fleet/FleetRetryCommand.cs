using System.CommandLine;
using IadNative.Fleet;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet retry</c>: forgets failures.</summary>
internal static class FleetRetryCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("retry", "Forget the failures of a fleet, so that 'iad fleet fit' tries them again.");
        Func<ParseResult, Terminal, FleetPlace> placeOf = FleetPlace.AddTo(command);
        command.SetAction(parsed =>
        {
            using FleetPlace place = placeOf(parsed, terminal);
            FleetPlan plan = place.ReadPlan();
            (long forgotten, string next) = place.Retry(plan, cancellationToken);
            terminal.Say(forgotten == 0 ? "There is no failure." : Invariant($"{forgotten} failure(s) forgotten; {next}"));
            return ExitCodes.Success;
        });
        return command;
    }
}
