using IadNative.Compute;

namespace IadNative.Iad;

/// <summary>Is shown the networks of every round that a run finishes, for a look at rounds that are not selected.</summary>
/// <param name="seed">The run's seed.</param>
/// <param name="round">t.</param>
/// <param name="networks">One per member, as training left them; the observer's to keep.</param>
internal delegate void RoundObserver(ulong seed, int round, IReadOnlyList<ReplicaState> networks);
