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
        Argument<string> fleet = FleetInput.Argument();
        command.Add(fleet);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(fleet);
            FleetFolder folder = FleetInput.Open(path, terminal);
            FleetPlan plan = FleetInput.ReadPlan(folder, path);
            long removed = 0;
            for (long number = 0; number < plan.Jobs; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (FleetInput.Wait(folder.Results.RemoveFailureAsync(plan.KeyOf(number), cancellationToken))) removed++;
            }

            terminal.Say(Invariant($"{removed} failure(s) forgotten."));
            return ExitCodes.Success;
        });
        return command;
    }
}
