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
            long removed = 0;
            for (long number = 0; number < plan.Jobs; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (FleetPlace.Wait(place.Results.RemoveFailureAsync(plan.KeyOf(number), cancellationToken))) removed++;
            }

            terminal.Say(removed == 0 ? "There is no failure." : Invariant($"{removed} failure(s) forgotten; {place.Reopen(plan)}"));
            return ExitCodes.Success;
        });
        return command;
    }
}
