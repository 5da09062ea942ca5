using IadNative.Cuda;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Tiles wait for tiles before them: neither for ever nor in vain, in whatever order blocks run.</summary>
[Category("Emulator")]
[Category("Slow")]
internal sealed class SortScheduleTests
{
    private const int Count = (4 * RadixSort.TileLength) + 11; // five tiles

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void Few_blocks_at_a_time_sort_in_any_order([Values(1, 2, 3, 7)] int residency, [Values] BlockOrder order) => Sort(
        new() { Seed = (ulong)(residency + (10 * (int)order)), Residency = residency, Order = order },
        SortInputs.Random(1, Count), SortInputs.Few(2, Count));

    [Test]
    public void Checked_schedules_find_nothing_out_of_order([Range(1, 3)] int seed) => Sort(
        new()
        {
            Mode = EmulatorMode.Check, Seed = (ulong)seed, Residency = (3 * seed) - 1, AccessesBetweenInterruptions = 9 * seed,
        },
        SortInputs.Random(seed, Count));

    private static void Sort(EmulatorOptions options, params uint[][] keys)
    {
        using var driver = new EmulatedCudaDriver(options);
        SortTrial.Keys(new Bench(driver), keys, hasPayload: false);
    }
}
