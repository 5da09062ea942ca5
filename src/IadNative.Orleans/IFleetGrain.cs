using Orleans;

namespace IadNative.Orleans;

/// <summary>A fleet that is open: it sees to it that somebody is at its blocks until all have ended. Its key is the fleet's id.</summary>
internal interface IFleetGrain : IGrainWithStringKey
{
    /// <summary>Begins, or goes on; does nothing where it is at work.</summary>
    Task WakeAsync();
}
