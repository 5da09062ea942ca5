using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>Keeps as many blocks of a fleet awake as the nodes have use for, two for each, and ends the fleet when they have ended.</summary>
[Reentrant]
[PreferLocalPlacement]
internal sealed partial class FleetGrain(PostgreSqlFleets fleets, NodeSlots slots, ILogger<FleetGrain> logger) : Grain, IFleetGrain
{
    private const int BlocksOfNode = 2, LooksInVain = 10;

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1), s_patience = TimeSpan.FromSeconds(1);

    // Blocks that have ended, beyond those before the first that has not.
    private readonly SortedSet<int> _ended = [];
    private readonly Dictionary<SiloAddress, int> _slots = [];
    private readonly HashSet<SiloAddress> _asked = [];
    private IGrainTimer? _timer;
    private int _first, _inVain;
    private long _submission;

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
            if (await fleets.FindAsync(id, cancellationToken) is not { State: FleetState.Open } fleet)
            {
                Close();
                return;
            }

            await LookAtBlocksAsync(fleet, cancellationToken);
            int blocks = FleetBlock.CountOf(fleet.Jobs);
            if (_first == blocks)
            {
                if (await fleets.TryEndAsync(id, fleet.Submission, blocks, cancellationToken)) LogEnd(id, fleet.Jobs);
                else Forget();
                return;
            }

            SiloAddress[] nodes = [.. (await GrainFactory.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, cancellationToken)).Keys.Order()];
            if (nodes.Length == 0) return;
            int[] awake = [.. Enumerable.Range(_first, blocks - _first).Where(block => !_ended.Contains(block)).Take(BlocksOfNode * nodes.Length)];
            var row = new SlotRow(await SlotsAsync(nodes, cancellationToken));
            await Task.WhenAll(awake.Select((block, place) =>
            {
                IReadOnlyList<(int Node, int Jobs)> share = row.Share(place, awake.Length);
                return GrainFactory.GetGrain<IBlockGrain>(block, id).WakeAsync([.. share.Select(part => nodes[part.Node])], [.. share.Select(part => part.Jobs)]);
            }));
            _inVain = 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // It may be this node alone that is cut off from the database: after a while another one, which can read it, has the fleet.
            if (_inVain++ == 0) LogFailure(exception, id);
            if (_inVain > LooksInVain) Close();
        }
    }

    // Each node says it once. One that has not is taken to be like this one until it does; nobody waits for it for long.
    private async Task<int[]> SlotsAsync(SiloAddress[] nodes, CancellationToken cancellationToken)
    {
        Task[] asking = [.. nodes.Where(node => !_slots.ContainsKey(node) && _asked.Add(node)).Select(AskAsync)];
        if (asking.Length > 0) await Task.WhenAny(Task.WhenAll(asking), Task.Delay(s_patience, cancellationToken));
        foreach (SiloAddress gone in _slots.Keys.Except(nodes).ToArray()) _slots.Remove(gone);
        return Array.ConvertAll(nodes, node => _slots.GetValueOrDefault(node, slots.Count));
    }

    private async Task AskAsync(SiloAddress node)
    {
        try
        {
            if (await NodeGrain.AskAsync(GrainFactory, node, grain => grain.SlotsAsync(node)) is > 0 and int count) _slots[node] = count;
        }
        catch (Exception exception)
        {
            // It is asked again with the next look.
            LogUnknown(exception, node);
        }
        finally
        {
            _asked.Remove(node);
        }
    }

    private async Task LookAtBlocksAsync(SubmittedFleet fleet, CancellationToken cancellationToken)
    {
        if (fleet.Submission != _submission) Forget();
        _submission = fleet.Submission;
        foreach (FleetBlock block in await fleets.BlocksAsync(fleet.Id, _first, cancellationToken))
        {
            if (block.HasEnded) _ended.Add(block.Number);
        }

        while (_ended.Remove(_first)) _first++;
    }

    private void Forget()
    {
        _ended.Clear();
        _first = 0;
    }

    private void Close()
    {
        Forget();
        _timer?.Dispose();
        (_timer, _inVain) = (null, 0);
        DeactivateOnIdle();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Fleet {Fleet} has ended: all its {Jobs} jobs have results.")]
    private partial void LogEnd(string fleet, long jobs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Fleet {Fleet} waits.")]
    private partial void LogFailure(Exception exception, string fleet);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Node {Node} does not say how many slots it has.")]
    private partial void LogUnknown(Exception exception, SiloAddress node);
}
