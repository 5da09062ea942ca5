using IadNative.Cuda;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The radix sort against a stable sort: by one block, and by tiles of many.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class SortKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    // Around a warp, a round of a block and the most that one block sorts; those of published sets among them.
    private static readonly int[] s_smallCounts =
        [0, 1, 2, 31, 33, 127, 255, 257, 452, 1023, 1024, 1025, 6435, RadixSort.SmallCount];

    private static readonly int[] s_tiledCounts =
        [1, 2, 257, RadixSort.TileLength - 1, RadixSort.TileLength, RadixSort.TileLength + 1];

    // One block in few rounds, so that what a warp sorts lies where another counts; several tiles, the last of them not full.
    public static readonly KernelExercise Exercise = new("sort.cu", driver =>
    {
        var bench = new Bench(driver);
        SortTrial.Scores(bench, [SortInputs.WithNan(1, 1500), SortInputs.Scores(2, 1500)]);
        SortTrial.Scores(bench, [SortInputs.Scores(3, 9000), SortInputs.WithNan(4, 9000)]);
        SortTrial.Keys(bench, [SortInputs.Random(5, 9000), SortInputs.Few(6, 9000)], hasPayload: true);
    });

    [Test]
    public void One_block_sorts_every_kind_of_input([ValueSource(nameof(s_smallCounts))] int count) =>
        SortAll(count, RadixSort.SmallCount);

    [Test]
    public void Three_tiles_sort_every_kind_of_input() => SortAll(1 << 14, smallCount: 0);

    [Test]
    public void One_tile_or_little_more_is_sorted([ValueSource(nameof(s_tiledCounts))] int count)
    {
        SortTrial.Keys(Bench, [SortInputs.Few(1, count)], hasPayload: true, smallCount: 0);
        SortTrial.Scores(
            Bench, [SortInputs.Scores(2, count), SortInputs.WithNan(3, count), SortInputs.Special(4, count)], smallCount: 0);
    }

    private void SortAll(int count, int smallCount)
    {
        SortTrial.Keys(Bench, [SortInputs.Few(1, count)], hasPayload: true, smallCount);
        SortTrial.Keys(
            Bench, [SortInputs.Ascending(count), SortInputs.Descending(count), SortInputs.Random(2, count)], hasPayload: false,
            smallCount);
        SortTrial.Scores(Bench, [SortInputs.Special(3, count)], smallCount);
        SortTrial.Scores(Bench, [SortInputs.Scores(4, count), SortInputs.WithNan(5, count), SortInputs.Equal(count)], smallCount);
    }
}
