using System.Diagnostics;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>
/// Wakes the grains of open fleets again and again, from every node: what was submitted is found, and what died with a node comes back. A node that
/// finds itself cut off from the database while others reach it ends, since it would hold up what it has of a fleet.
/// </summary>
internal sealed partial class FleetWatch(
    PostgreSqlFleets fleets, IGrainFactory grains, ISiloStatusOracle nodes, ILocalSiloDetails here, IHostApplicationLifetime lifetime, ILogger<FleetWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(2), s_longestLook = TimeSpan.FromSeconds(5);

    // 12 to 16 seconds.
    private readonly CutOffJudge _judge = new(() => TimeSpan.FromSeconds(12 + (4 * System.Random.Shared.NextDouble())));

    /// <summary>Whether it has stopped the host, since the node is cut off from the database.</summary>
    public bool IsCutOff { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What was said is said once, not every two seconds.
        bool isAway = false, isAsleep = false;
        long failing = 0;
        using var timer = new PeriodicTimer(s_lookEvery);
        do
        {
            long start = Stopwatch.GetTimestamp();
            (IReadOnlyList<string> open, Exception? failure) = await LookAsync(stoppingToken);
            if (failure is null)
            {
                if (isAway) LogBack();
                (isAway, failing) = (false, 0);
                _judge.Reached();
                isAsleep = await WakeAsync(open, isAsleep, stoppingToken);
                continue;
            }

            if (!isAway) LogAway(failure);
            isAway = true;
            if (CutOffJudge.IsAnswer(failure))
            {
                failing = 0;
                _judge.Reached();
                continue;
            }

            if (failing == 0) failing = start;
            TimeSpan since = Stopwatch.GetElapsedTime(failing);
            switch (_judge.Failed(since))
            {
                case CutOffJudge.Verdict.Ask:
                    _judge.Hear(await AskOthersAsync(stoppingToken));
                    break;
                case CutOffJudge.Verdict.CutOff:
                    LogCutOff(failure, (long)since.TotalSeconds);
                    IsCutOff = true;
                    lifetime.StopApplication();
                    return;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A database that is cut off says nothing.
    private async Task<(IReadOnlyList<string> Open, Exception? Failure)> LookAsync(CancellationToken stoppingToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        late.CancelAfter(s_longestLook);
        try
        {
            return (await fleets.OpenAsync(late.Token), null);
        }
        catch (Exception exception)
        {
            stoppingToken.ThrowIfCancellationRequested();
            return ([], exception);
        }
    }

    // Whether one could not be woken. Its node may be about to be taken for dead, which says nothing of the database.
    private async Task<bool> WakeAsync(IReadOnlyList<string> open, bool isAsleep, CancellationToken stoppingToken)
    {
        bool fails = false;
        foreach (string fleet in open)
        {
            try
            {
                await grains.GetGrain<IFleetGrain>(fleet).WakeAsync().WaitAsync(stoppingToken);
            }
            catch (Exception exception)
            {
                stoppingToken.ThrowIfCancellationRequested();
                if (!isAsleep && !fails) LogAsleep(exception, fleet);
                fails = true;
            }
        }

        return fails;
    }

    private async Task<bool?[]> AskOthersAsync(CancellationToken stoppingToken)
    {
        SiloAddress[] others = [.. nodes.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(node => !node.Equals(here.SiloAddress)).Order()];
        return await Task.WhenAll(_judge.Next(others).Select(async node =>
        {
            try
            {
                return await NodeGrain.AskAsync(grains, node, grain => grain.ReachesDatabaseAsync(node)).WaitAsync(stoppingToken);
            }
            catch (Exception exception)
            {
                stoppingToken.ThrowIfCancellationRequested();
                LogSilent(exception, node);
                return null;
            }
        }));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open fleets cannot be looked for; this is tried every two seconds.")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Open fleets are looked for again.")]
    private partial void LogBack();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Fleet {Fleet} cannot be woken; this is tried every two seconds.")]
    private partial void LogAsleep(Exception exception, string fleet);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Node {Node} does not say whether it reaches the database.")]
    private partial void LogSilent(Exception exception, SiloAddress node);

    [LoggerMessage(Level = LogLevel.Critical, Message = "This node has not reached the database for {Seconds} s, and others do: it ends, and they do its work.")]
    private partial void LogCutOff(Exception exception, long seconds);
}
