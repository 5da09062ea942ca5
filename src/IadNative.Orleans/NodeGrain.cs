using IadNative.Fleet.PostgreSql;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace IadNative.Orleans;

/// <summary>What others want to know of a node.</summary>
[Reentrant]
internal sealed class NodeGrain(PostgreSqlFleets fleets, NodeSlots slots, ILocalSiloDetails here) : Grain, INodeGrain
{
    // Whoever asks waits five seconds.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks a node something.</summary>
    /// <param name="grains">Where grains are had from.</param>
    /// <param name="node">The node.</param>
    /// <param name="ask">The question.</param>
    public static async Task<T> AskAsync<T>(IGrainFactory grains, SiloAddress node, Func<INodeGrain, Task<T>> ask)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, node);
        Task<T> answer;
        try
        {
            answer = ask(grains.GetGrain<INodeGrain>(node.ToParsableString()));
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }

        return await answer;
    }

    public Task<int> SlotsAsync(SiloAddress node) => Task.FromResult(IsHere(node) ? slots.Count : 0);

    public async Task<bool?> ReachesDatabaseAsync(SiloAddress node)
    {
        if (!IsHere(node)) return null;
        using var late = new CancellationTokenSource(s_patience);
        try
        {
            await fleets.OpenAsync(late.Token);
            return true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    // One that is not where it is asked for, since that node was not known here, gives way to one that is.
    private bool IsHere(SiloAddress node)
    {
        if (node.Equals(here.SiloAddress)) return true;
        DeactivateOnIdle();
        return false;
    }
}
