using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace IadNative.Orleans;

/// <summary>Wakes the grains of open fleets again and again, from every node: what was submitted is found, and what died with a node comes back.</summary>
internal sealed partial class FleetWatch(PostgreSqlFleets fleets, IGrainFactory grains, ILogger<FleetWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool isAway = false;
        using var timer = new PeriodicTimer(s_lookEvery);
        do
        {
            try
            {
                IReadOnlyList<string> open = await fleets.OpenAsync(stoppingToken);
                foreach (string fleet in open) await grains.GetGrain<IFleetGrain>(fleet).WakeAsync();
                if (isAway) LogBack();
                isAway = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Said once, not every two seconds.
                if (!isAway) LogAway(exception);
                isAway = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open fleets cannot be looked for; this is tried every two seconds.")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Open fleets are looked for again.")]
    private partial void LogBack();
}
