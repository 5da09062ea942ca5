using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Up to a million pairs are sorted, in more than a hundred tiles, and more samples ranked than a launch has threads.
/// </summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.FastFixtures))]
internal sealed class LargeInputTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const int Million = (1 << 20) + 7;

    [Test]
    public void A_million_keys_are_sorted([Values("random", "ascending", "descending", "few")] string kind) => SortTrial.Keys(
        Bench,
        [
            kind switch
            {
                "random" => SortInputs.Random(1, Million),
                "ascending" => SortInputs.Ascending(Million),
                "descending" => SortInputs.Descending(Million),
                _ => SortInputs.Few(2, Million),
            },
        ],
        hasPayload: kind == "few");

    [Test]
    public void A_million_equal_scores_or_zeros_denormals_and_infinities_are_sorted([Values] bool areEqual) =>
        SortTrial.Scores(Bench, [areEqual ? SortInputs.Equal(Million) : SortInputs.Special(3, Million)]);

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
}
