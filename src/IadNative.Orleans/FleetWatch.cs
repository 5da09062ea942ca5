using System.Diagnostics;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>
/// Wakes the grains of open fleets again and again, from every node: what was submitted is found, and what died with a node comes back. A node that
/// finds itself cut off from the database while another one reaches it ends, since it would hold up what it has of a fleet.
/// </summary>
internal sealed partial class FleetWatch(
    PostgreSqlFleets fleets, IGrainFactory grains, ISiloStatusOracle nodes, ILocalSiloDetails here, IHostApplicationLifetime lifetime, ILogger<FleetWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(2), s_longestLook = TimeSpan.FromSeconds(5), s_askAfter = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool isAway = false, isAwayHereOnly = false;
        long reached = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(s_lookEvery);
        do
        {
            try
            {
                IReadOnlyList<string> open = await LookAsync(stoppingToken);
                (reached, isAwayHereOnly) = (Stopwatch.GetTimestamp(), false);
                foreach (string fleet in open) await grains.GetGrain<IFleetGrain>(fleet).WakeAsync();
                if (isAway) LogBack();
                isAway = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Said once, not every two seconds.
                if (!isAway) LogAway(exception);
                isAway = true;
                TimeSpan since = Stopwatch.GetElapsedTime(reached);
                if (isAwayHereOnly)
                {
                    LogCutOff(exception, (long)since.TotalSeconds);
                    lifetime.StopApplication();
                    return;
                }

                // It may be back meanwhile: one more look of its own decides.
                if (since > s_askAfter) isAwayHereOnly = await IsReachedElsewhereAsync();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A database that is cut off says nothing.
    private async Task<IReadOnlyList<string>> LookAsync(CancellationToken stoppingToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        late.CancelAfter(s_longestLook);
        return await fleets.OpenAsync(late.Token);
    }

    private async Task<bool> IsReachedElsewhereAsync()
    {
        SiloAddress[] others = [.. nodes.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(node => !node.Equals(here.SiloAddress))];
        bool[] answers = await Task.WhenAll(others.Select(async node =>
        {
            try
            {
                return await NodeGrain.AskAsync(grains, node, grain => grain.ReachesDatabaseAsync(here.SiloAddress));
            }
            catch (Exception exception) when (exception is OrleansException or TimeoutException or IOException or OperationCanceledException)
            {
                return false;
            }
        }));
        return answers.Contains(true);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open fleets cannot be looked for; this is tried every two seconds.")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Open fleets are looked for again.")]
    private partial void LogBack();

    [LoggerMessage(Level = LogLevel.Critical, Message = "This node has not reached the database for {Seconds} s, and another one does: it ends, and others do its work.")]
    private partial void LogCutOff(Exception exception, long seconds);
}
