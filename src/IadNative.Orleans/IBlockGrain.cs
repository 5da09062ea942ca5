using IadNative.Fleet;
using Orleans;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>A block of a fleet's jobs: it has a few of them fitted at a time. Its key is the block's number and the fleet's id.</summary>
internal interface IBlockGrain : IGrainWithIntegerCompoundKey
{
    /// <summary>Begins, or goes on; does nothing else where it is at work.</summary>
    /// <param name="window">Jobs that may be under way at a time.</param>
    /// <param name="nodes">Those that may be asked, in an order that is the same for all blocks.</param>
    /// <param name="slots">Fits that each of them has at a time.</param>
    Task WakeAsync(int window, SiloAddress[] nodes, int[] slots);

    /// <summary>A job has a result.</summary>
    /// <param name="number">Its number in the plan.</param>
    /// <param name="state">What result.</param>
    Task EndedAsync(long number, JobState state);
}
