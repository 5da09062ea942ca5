using IadNative.Compute;

namespace IadNative.Iad.Members;

/// <summary>What a network is before its first round where it goes on from an older one.</summary>
/// <param name="State">Its weights, running statistics, center and radius; null for fresh ones.</param>
/// <param name="Columns">The places in a row of the features that it sees; null where all of its family see the same.</param>
internal sealed record StartingNetwork(ReplicaState? State, int[]? Columns);
