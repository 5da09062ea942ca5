using IadNative.Fleet.PostgreSql;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary>Waits for a fleet that a cluster fits. It only looks: when it is gone, the cluster goes on.</summary>
internal static class ClusterWatch
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1), s_noNodeAfter = TimeSpan.FromSeconds(20);

    /// <summary>Waits until it has ended.</summary>
    /// <param name="place">The fleet.</param>
    /// <param name="terminal">Is told how far it is.</param>
    /// <param name="cancellationToken">Stops the waiting, not the fleet.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ClusterPlace place, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            SubmittedFleet ended = ProgressDisplay.Run(terminal, TimeProvider.System, report => Wait(place, report, terminal, cancellationToken));
            terminal.Say(Invariant($"{ended.Jobs} fits: {ended.Done} done, {ended.Failed} failed."));
            if (ended.State == FleetState.Cancelled)
            {
                terminal.Note("it was cancelled; finished results are kept, and submitting it again goes on.");
                return ExitCodes.Cancelled;
            }

            bool hasAlarms = FleetPlace.Tell(place.Alarms(place.ReadPlan()), terminal);
            if (ended.Failed == 0) return hasAlarms ? ExitCodes.Failed : ExitCodes.Success;
            terminal.Fail(Invariant($"{ended.Failed} fit(s) failed. 'iad fleet results {place.Words}' says why, and 'iad fleet retry {place.Words}' tries them again."));
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException)
        {
            terminal.Note($"the cluster goes on; 'iad fleet status {place.Words}' says how far it is, 'iad fleet cancel {place.Words}' stops it.");
            return ExitCodes.Cancelled;
        }
    }

    private static SubmittedFleet Wait(ClusterPlace place, Action<ProgressStep> report, Terminal terminal, CancellationToken cancellationToken)
    {
        bool isAway = false;
        for (int looks = 0; ; looks++)
        {
            try
            {
                SubmittedFleet fleet = place.Find();
                isAway = false;
                if (fleet.State != FleetState.Open) return fleet;
                long has = fleet.Done + fleet.Failed;
                report(new ProgressStep((double)has / fleet.Jobs, Invariant($"{has} of {fleet.Jobs} fits, {fleet.Failed} failed"), Milestone: true));
                if (looks * s_lookEvery == s_noNodeAfter && FleetPlace.Wait(place.Fleets.BlocksAsync(fleet.Id, cancellationToken: cancellationToken)).Count == 0)
                    terminal.Note("no node has begun with it yet; is an 'iad-node' running on this database?");
            }
            catch (IOException exception)
            {
                // The database is away, and will be back; fits are not lost.
                if (!isAway) terminal.Warn($"{exception.Message} Waiting for it.");
                isAway = true;
            }

            cancellationToken.WaitHandle.WaitOne(s_lookEvery);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
