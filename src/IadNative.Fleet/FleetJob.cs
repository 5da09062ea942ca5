namespace IadNative.Fleet;

/// <summary>One fit of a plan.</summary>
/// <param name="Number">Its place in the plan, from 0.</param>
/// <param name="Partition">What is fitted.</param>
/// <param name="Options">How.</param>
/// <param name="Seed">The key of all random numbers.</param>
/// <param name="Key">What its result is stored under; see <see cref="FleetPlan.KeyOf"/>.</param>
public sealed record FleetJob(long Number, Partition Partition, OptionSet Options, ulong Seed, string Key);
