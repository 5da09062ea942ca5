using IadNative.Fleet;
using Orleans;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>A block of a fleet's jobs: it has a few of them fitted at a time. Its key is the block's number and the fleet's id.</summary>
internal interface IBlockGrain : IGrainWithIntegerCompoundKey
{
    /// <summary>Begins, or goes on; does nothing else where it is at work.</summary>
    /// <param name="nodes">Those that it has jobs fitted at.</param>
    /// <param name="jobs">Jobs that it may have under way at each of them.</param>
    Task WakeAsync(SiloAddress[] nodes, int[] jobs);

    /// <summary>A job has a result.</summary>
    /// <param name="number">Its number in the plan.</param>
    /// <param name="state">What result.</param>
    Task EndedAsync(long number, JobState state);
}
