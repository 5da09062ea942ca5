using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Up to a million pairs are sorted, in more than a hundred tiles, and more samples ranked than a launch has threads.
/// </summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.FastFixtures))]
internal sealed class LargeInputTests(Func<ICudaDriver> open) : KernelTests(open)
{
    [Test]
    public void Random_keys_are_sorted() => SortTrial.Keys(Bench, [SortInputs.Random(1, (1 << 20) + 7)], hasPayload: false);

    [Test]
    public void Few_distinct_keys_are_sorted_with_their_payloads() =>
        SortTrial.Keys(Bench, [SortInputs.Few(2, 300_007)], hasPayload: true);

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
