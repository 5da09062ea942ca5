using System.Collections.Concurrent;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Hosting;

namespace IadNative.Orleans;

/// <summary>The fits of a node: so many at a time, on threads of the pool and not on those that grains share.</summary>
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
        for (int i = 0; i < Count; i++) _idle.Add(new JobExecutor(fleets.Partitions, fleets.Results));
    }

    /// <summary>Fits at a time.</summary>
    public int Count { get; }

    /// <summary>Brings a job to its end once there is a slot.</summary>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    /// <exception cref="IOException">The stores do not answer.</exception>
    public async Task<JobOutcome> ExecuteAsync(FleetJob job)
    {
        await _free.WaitAsync(_stopping);
        try
        {
            // There are as many as slots.
            if (!_idle.TryTake(out JobExecutor? executor)) throw new InvalidOperationException("There are fewer executors than slots.");
            try
            {
                return await Task.Run(() => executor.ExecuteAsync(job, _stopping), _stopping);
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
