using System.CommandLine;
using IadNative.Fleet;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet status</c>: how far a fleet is.</summary>
internal static class FleetStatusCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("status", "Say how many fits are done, failed and missing. The exit code is 0 where all are done, 3 where some are missing, else 1.");
        Func<ParseResult, Terminal, FleetPlace> placeOf = FleetPlace.AddTo(command);
        command.SetAction(parsed =>
        {
            using FleetPlace place = placeOf(parsed, terminal);
            FleetPlan plan = place.ReadPlan();
            JobCounts counts = FleetPlace.Wait(JobCounts.OfAsync(plan, place.Results, cancellationToken: cancellationToken));
            terminal.Out.WriteLine(Invariant($"parts    {plan.Partitions.Count}"));
            terminal.Out.WriteLine(Invariant($"fits     {counts.Total}"));
            terminal.Out.WriteLine(Invariant($"done     {counts.Done}"));
            terminal.Out.WriteLine(Invariant($"failed   {counts.Failed}"));
            terminal.Out.WriteLine(Invariant($"missing  {counts.Missing}"));
            bool hasAlarms = FleetPlace.Tell(place.Alarms(plan), terminal);
            if (place.StateInWords() is { } state) terminal.Note(state);
            return hasAlarms ? ExitCodes.Failed : counts.Missing > 0 ? ExitCodes.Unfinished : counts.Failed > 0 ? ExitCodes.Failed : ExitCodes.Success;
        });
        return command;
    }
}
