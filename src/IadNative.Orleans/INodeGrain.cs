using Orleans;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>What others want to know of a node. Its key is the node's address, and it is asked for there; after the node it may be elsewhere.</summary>
internal interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Fits that the node has at a time.</summary>
    /// <param name="node">The node that is meant.</param>
    /// <returns>0 where this is another one.</returns>
    Task<int> SlotsAsync(SiloAddress node);

    /// <summary>Whether the database can be reached from here.</summary>
    /// <param name="node">The node that is meant.</param>
    /// <returns>Null where this is another one.</returns>
    Task<bool?> ReachesDatabaseAsync(SiloAddress node);
}
