using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Up to a million pairs are sorted, in more than a hundred tiles, and more samples ranked than a launch has threads.
/// </summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.FastFixtures))]
[Category("Slow")]
internal sealed class LargeInputTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const int Million = (1 << 20) + 7;

    // Enough for long chains of tiles that look back.
    private const int FortyTiles = (40 * RadixSort.TileLength) + 7;

    [Test]
    public void Forty_tiles_of_keys_are_sorted([Values("ascending", "descending", "few")] string kind) => Sort(kind, FortyTiles);

    [Test]
    public void Forty_tiles_of_equal_scores_or_zeros_denormals_and_infinities_are_sorted([Values] bool areEqual) =>
        Score(areEqual, FortyTiles);

    [Test]
    public void A_million_random_keys_are_sorted() => Sort("random", Million);

    [Test, Category("Nightly")]
    public void A_million_keys_are_sorted([Values("ascending", "descending", "few")] string kind) => Sort(kind, Million);

    [Test, Category("Nightly")]
    public void A_million_equal_scores_or_zeros_denormals_and_infinities_are_sorted([Values] bool areEqual) =>
        Score(areEqual, Million);

    [Test]
    public void Scores_of_several_segments_are_sorted() =>
        SortTrial.Scores(Bench, [SortInputs.Special(3, 100_003), SortInputs.Equal(100_003), SortInputs.Scores(4, 100_003)]);

    [Test]
    public void Many_samples_are_ranked_and_weighed()
    {
        const int Samples = 270_001;
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(5, Samples));
        trial.Take([SortInputs.Scores(6, Samples)]);
        trial.Take([SortInputs.Scores(7, Samples)]);
    }

    private void Sort(string kind, int count) => SortTrial.Keys(
        Bench,
        [
            kind switch
            {
                "random" => SortInputs.Random(1, count),
                "ascending" => SortInputs.Ascending(count),
                "descending" => SortInputs.Descending(count),
                _ => SortInputs.Few(2, count),
            },
        ],
        hasPayload: kind == "few");

    private void Score(bool areEqual, int count) =>
        SortTrial.Scores(Bench, [areEqual ? SortInputs.Equal(count) : SortInputs.Special(3, count)]);
}
