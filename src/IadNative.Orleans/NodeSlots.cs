using System.Collections.Concurrent;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Hosting;

namespace IadNative.Orleans;

/// <summary>The fits of a node: so many at a time, for which the pool of threads that grains share has as many more.</summary>
internal sealed class NodeSlots : IDisposable
{
    private readonly ConcurrentBag<JobExecutor> _idle = [];
    private readonly SemaphoreSlim _free;
    private readonly CancellationToken _stopping;

    /// <summary>Slots.</summary>
    /// <param name="fleets">Where partitions and results are.</param>
    /// <param name="options">How many.</param>
    /// <param name="lifetime">Says when the node stops.</param>
    public NodeSlots(PostgreSqlFleets fleets, FleetNodeOptions options, IHostApplicationLifetime lifetime)
    {
        Count = options.Slots;
        _free = new SemaphoreSlim(Count);
        _stopping = lifetime.ApplicationStopping;

        // Grains answer probes from the same pool: with all its threads at fits, a sound node would be taken for dead.
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Count + Environment.ProcessorCount), ports);
        for (int i = 0; i < Count; i++) _idle.Add(new JobExecutor(fleets.Partitions, fleets.Results));
    }

    /// <summary>Fits at a time.</summary>
    public int Count { get; }

    /// <summary>Has something done once there is a slot.</summary>
    /// <param name="work">What is done, with the slot's executor and what says that the node stops.</param>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public async Task<T> RunAsync<T>(Func<JobExecutor, CancellationToken, Task<T>> work)
    {
        await _free.WaitAsync(_stopping);
        try
        {
            // There are as many as slots.
            if (!_idle.TryTake(out JobExecutor? executor)) throw new InvalidOperationException("There are fewer executors than slots.");
            try
            {
                return await Task.Run(() => work(executor, _stopping), _stopping);
            }
            finally
            {
                _idle.Add(executor);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
