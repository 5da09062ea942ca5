using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>Keeps as many blocks of a fleet awake as the nodes have use for, two for each, and ends the fleet when they have ended.</summary>
[Reentrant]
internal sealed partial class FleetGrain(PostgreSqlFleets fleets, PlanCache plans, NodeSlots slots, ILogger<FleetGrain> logger) : Grain, IFleetGrain
{
    private const int BlocksOfNode = 2, JobsOfSlot = 2;

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private IGrainTimer? _timer;

    public Task WakeAsync()
    {
        _timer ??= this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = s_lookEvery, Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        string id = this.GetPrimaryKeyString();
        try
        {
            if (await fleets.FindAsync(id, cancellationToken) is not { State: FleetState.Open })
            {
                Close();
                return;
            }

            FleetPlan plan = await plans.GetAsync(id);
            int blocks = FleetBlock.CountOf(plan.Jobs);
            HashSet<int> ended = [.. (await fleets.BlocksAsync(id, cancellationToken)).Where(block => block.HasEnded).Select(block => block.Number)];
            if (ended.Count == blocks)
            {
                if (await fleets.TryEndAsync(id, blocks, cancellationToken)) LogEnd(id, plan.Jobs);
                return;
            }

            SiloAddress[] nodes = [.. (await GrainFactory.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, cancellationToken)).Keys.Order()];
            int[] awake = [.. Enumerable.Range(0, blocks).Where(block => !ended.Contains(block)).Take(BlocksOfNode * nodes.Length)];
            int window = Math.Max(1, ((JobsOfSlot * slots.Count * nodes.Length) + awake.Length - 1) / awake.Length);
            await Task.WhenAll(awake.Select(block => GrainFactory.GetGrain<IBlockGrain>(block, id).WakeAsync(window, nodes)));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailure(exception, id);
        }
    }

    private void Close()
    {
        _timer?.Dispose();
        _timer = null;
        DeactivateOnIdle();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Fleet {Fleet} has ended: all its {Jobs} jobs have results.")]
    private partial void LogEnd(string fleet, long jobs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Fleet {Fleet} waits.")]
    private partial void LogFailure(Exception exception, string fleet);
}
