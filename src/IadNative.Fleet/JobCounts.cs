namespace IadNative.Fleet;

/// <summary>How far the jobs of a plan are.</summary>
/// <param name="Done">Those with a detector.</param>
/// <param name="Failed">Those with a failure.</param>
/// <param name="Missing">Those with neither.</param>
public readonly record struct JobCounts(long Done, long Failed, long Missing)
{
    private const int Batch = 1024;

    /// <summary>All jobs.</summary>
    public long Total => Done + Failed + Missing;

    /// <summary>Counts the results of a plan, some thousand at a time.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="results">Where results are.</param>
    /// <param name="shard">The share that is counted; <see cref="Shard.Whole"/> for all.</param>
    /// <param name="cancellationToken">Stops the counting.</param>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public static async Task<JobCounts> OfAsync(FleetPlan plan, IJobStore results, Shard shard = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(results);
        long done = 0, failed = 0, missing = 0;
        await foreach ((_, JobState state) in StatesAsync(plan, results, shard, cancellationToken).ConfigureAwait(false))
        {
            if (state == JobState.Done) done++;
            else if (state == JobState.Failed) failed++;
            else missing++;
        }

        return new JobCounts(done, failed, missing);
    }

    /// <summary>The jobs of a share and how far they are, in their order.</summary>
    internal static async IAsyncEnumerable<(long Number, JobState State)> StatesAsync(FleetPlan plan, IJobStore results, Shard shard,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var numbers = new List<long>(Batch);
        for (long next = shard.Index; next < plan.Jobs || numbers.Count > 0; next += shard.Count)
        {
            if (next < plan.Jobs) numbers.Add(next);
            if (numbers.Count < Batch && next < plan.Jobs) continue;
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<JobState> states = await results.StatesAsync([.. numbers.Select(plan.KeyOf)], cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < numbers.Count; i++) yield return (numbers[i], states[i]);
            numbers.Clear();
        }
    }
}
