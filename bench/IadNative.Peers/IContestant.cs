using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers;

/// <summary>One way of doing the work of a problem.</summary>
internal interface IContestant
{
    /// <summary>What it computes, before anything is timed.</summary>
    Introduction Introduce();

    /// <summary>Does it for a number of units: epochs, jobs or calls.</summary>
    Measurement Run(int count);
}
