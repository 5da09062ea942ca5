using System.Collections.Concurrent;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;

namespace IadNative.Orleans;

/// <summary>The plans of fleets that a node works on, read once: the plan of an id never changes.</summary>
/// <param name="fleets">Where they are.</param>
internal sealed class PlanCache(PostgreSqlFleets fleets)
{
    private const int Most = 16;

    private readonly ConcurrentDictionary<string, Task<FleetPlan>> _plans = new();

    /// <summary>The plan of a fleet.</summary>
    /// <param name="fleet">The fleet's id.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="DataFormatException">It is damaged, or of another version.</exception>
    /// <exception cref="KeyNotFoundException">There is no such fleet.</exception>
    public async Task<FleetPlan> GetAsync(string fleet)
    {
        if (_plans.Count > Most) _plans.Clear();
        Task<FleetPlan> reading = _plans.GetOrAdd(fleet, ReadAsync);
        try
        {
            return await reading;
        }
        catch
        {
            // The next one tries again.
            _plans.TryRemove(KeyValuePair.Create(fleet, reading));
            throw;
        }
    }

    private async Task<FleetPlan> ReadAsync(string fleet) =>
        await fleets.ReadPlanAsync(fleet).ConfigureAwait(false) ?? throw new KeyNotFoundException($"There is no fleet {fleet}.");
}
