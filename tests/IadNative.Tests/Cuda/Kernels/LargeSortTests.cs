using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The radix sort of up to a million pairs, in more than a hundred tiles.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.FastFixtures))]
internal sealed class LargeSortTests(Func<ICudaDriver> open) : KernelTests(open)
{
    [Test]
    public void Random_keys_are_sorted() => SortTrial.Keys(Bench, [SortInputs.Random(1, (1 << 20) + 7)], hasPayload: false);

    [Test]
    public void Few_distinct_keys_are_sorted_with_their_payloads() =>
        SortTrial.Keys(Bench, [SortInputs.Few(2, 300_007)], hasPayload: true);

    [Test]
    public void Scores_of_several_segments_are_sorted() =>
        SortTrial.Scores(Bench, [SortInputs.Special(3, 100_003), SortInputs.Equal(100_003), SortInputs.Scores(4, 100_003)]);
}
