namespace IadNative.Bench.Versus;

/// <summary>One row of the table.</summary>
/// <param name="Name">Its stable name.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Goal">How many times faster than the best peer we want to be on one thread; null for no goal.</param>
/// <param name="Small">Whether <c>--quick</c> measures it.</param>
/// <param name="MostThreads">How many threads the work can use.</param>
/// <param name="Make">Our side, on a number of threads.</param>
internal sealed record Workload(string Name, string Title, double? Goal, bool Small, int MostThreads, Func<int, OurWork> Make);
