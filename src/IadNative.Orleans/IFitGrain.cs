using Orleans;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>One fit. Its key is that of the job's result, so that a cluster does it once at a time whichever fleets want it.</summary>
internal interface IFitGrain : IGrainWithStringKey
{
    /// <summary>Begins, unless it is at it; its block is told when there is a result. This returns at once.</summary>
    /// <param name="fleet">Id of a fleet that the job is of.</param>
    /// <param name="number">The job's number there.</param>
    /// <returns>The node that it is at.</returns>
    Task<SiloAddress> StartAsync(string fleet, long number);
}
