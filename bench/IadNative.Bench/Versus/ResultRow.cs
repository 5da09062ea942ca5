namespace IadNative.Bench.Versus;

/// <summary>One row as measured.</summary>
internal sealed record ResultRow(
    string Name, string Title, double? Goal, string Unit, int Threads, Series Ours, IReadOnlyList<Series> Peers,
    string? Note = null)
{
    /// <summary>The fastest of those that provably did the same work; of all where none did.</summary>
    public Series Best => Peers.OrderBy(peer => !peer.Matches).ThenBy(peer => peer.Median).First();

    /// <summary>How many times faster we are than the best peer, by medians.</summary>
    public double Ratio => Best.Median / Ours.Median;

    /// <summary>The same within each repetition, where the two ran one after the other.</summary>
    public IEnumerable<double> Ratios => Best.Values.Zip(Ours.Values, (peer, ours) => peer / ours);
}
