using System.Runtime.InteropServices;
using IadNative.Cuda;

namespace IadNative.Tests.Emulator;

/// <summary>Exercises of the sample kernels: ways to synchronise that a GPU allows, none of which is a fault.</summary>
internal static class SampleExercises
{
    /// <summary>One for each file in samples/.</summary>
    public static readonly KernelExercise[] All =
    [
        new("block_reduce.cu", BlockReduce),
        new("cluster_reduce.cu", ClusterReduce),
        new("grid_barrier.cu", GridBarrier),
        new("last_block_reduce.cu", LastBlockReduce),
        new("look_back_scan.cu", LookBackScan),
        new("radix_pass.cu", RadixPass),
        new("turn_around.cu", TurnAround),
    ];

    private static void BlockReduce(ICudaDriver driver)
    {
        const int Count = 237, Blocks = 2;
        float[] input = [.. WholeNumbers(Count).Select(value => value % 100)];
        ulong sums = driver.Allocate<float>(2 * Blocks);
        driver.Launch(
            "block_reduce.cu", "block_reduce", new(Blocks, 1, 1, 128),
            new BlockReduceArgs(driver.Upload<float>(input), sums, Count));
        float[] result = driver.Download<float>(sums, 2 * Blocks);
        Assert.That(result[0] + result[2], Is.EqualTo(input.Sum()));
        Assert.That(result[1] + result[3], Is.EqualTo(input.Sum(value => value * value)));
    }

    private static void ClusterReduce(ICudaDriver driver)
    {
        const int Count = 37, Cluster = 4, Blocks = 3 * Cluster, Threads = 64;
        float[] input = WholeNumbers(Blocks * Count);
        ulong sums = driver.Allocate<float>(Blocks);
        driver.Launch(
            "cluster_reduce.cu", "cluster_reduce", new(Blocks, 1, 1, Threads, Threads * sizeof(float)),
            new ClusterReduceArgs(driver.Upload<float>(input), sums, Count));
        Assert.That(
            driver.Download<float>(sums, Blocks),
            Is.EqualTo(input.Chunk(Cluster * Count).SelectMany(part => Enumerable.Repeat(part.Sum(), Cluster))));
    }

    private static void LastBlockReduce(ICudaDriver driver)
    {
        const int Count = 1237, Blocks = 5;
        float[] input = WholeNumbers(Count);
        ulong sum = driver.Allocate<float>(1), counter = driver.AllocateZeros<uint>(1);
        driver.Launch(
            "last_block_reduce.cu", "last_block_reduce", new(Blocks, 1, 1, 64),
            new LastBlockReduceArgs(driver.Upload<float>(input), driver.Allocate<float>(Blocks), counter, sum, Count));
        Assert.That(driver.Download<float>(sum, 1)[0], Is.EqualTo(input.Sum()));
        Assert.That(driver.Download<uint>(counter, 1)[0], Is.Zero);
    }

    private static void LookBackScan(ICudaDriver driver)
    {
        const int Count = 5 * 1024 + 77, Tiles = 6;
        uint[] input = [.. Enumerable.Range(0, Count).Select(i => (uint)(i * 7919 % 101))];
        ulong output = driver.Allocate<uint>(Count);
        driver.Launch(
            "look_back_scan.cu", "look_back_scan", new(Tiles, 1, 1, 256),
            new LookBackScanArgs(
                driver.Upload<uint>(input), output, driver.AllocateZeros<ulong>(Tiles), driver.AllocateZeros<uint>(1), Count));
        uint sum = 0;
        Assert.That(driver.Download<uint>(output, Count), Is.EqualTo(input.Select(value => sum += value)));
    }

    private static void GridBarrier(ICudaDriver driver)
    {
        const int Count = 301, Steps = 4, Blocks = 3;
        float[] values = WholeNumbers(Count);
        ulong from = driver.Upload<float>(values), to = driver.Allocate<float>(Count);
        driver.Launch(
            "grid_barrier.cu", "smooth", new(Blocks, 1, 1, 64),
            new GridBarrierArgs(from, to, driver.AllocateZeros<uint>(1), Count, Steps));
        for (int step = 0; step < Steps; step++)
        {
            float[] last = values;
            values = [.. last.Select((value, i) =>
                0.25f * last[Math.Max(i - 1, 0)] + 0.5f * value + 0.25f * last[Math.Min(i + 1, Count - 1)])];
        }
        Assert.That(driver.Download<float>(from, Count), Is.EqualTo(values));
    }

    private static void RadixPass(ICudaDriver driver)
    {
        const int Count = 2 * 1024 + 333, Blocks = 3, Shift = 8;
        var random = new System.Random(5);
        uint[] keys = [.. Enumerable.Range(0, Count).Select(_ => (uint)random.NextInt64(1L << 32))];
        ulong sorted = driver.Allocate<uint>(Count);
        var argument = new RadixArgs(
            driver.Upload<uint>(keys), sorted, driver.Allocate<uint>(256 * Blocks), Count, Shift, Blocks);
        driver.Launch("radix_pass.cu", "radix_count", new(Blocks, 1, 1, 256), argument);
        driver.Launch("radix_pass.cu", "radix_scan", new(1, 1, 1, 256), argument);
        driver.Launch("radix_pass.cu", "radix_scatter", new(Blocks, 1, 1, 256), argument);
        Assert.That(driver.Download<uint>(sorted, Count), Is.EqualTo(keys.OrderBy(key => key >> Shift & 255)));
    }

    // In all the shared memory that a block can have, most of it with leave alone.
    private static void TurnAround(ICudaDriver driver)
    {
        const int Bytes = 227 << 10, Count = Bytes / 4, Blocks = 2;
        float[] numbers = [.. Enumerable.Range(0, Blocks * Count).Select(i => (float)i)];
        ulong turned = driver.Allocate<float>(Blocks * Count);
        nint kernel = driver.GetKernel("turn_around.cu", "turn_around", Bytes);
        var argument = new TurnAroundArgs(driver.Upload<float>(numbers), turned, Count);
        driver.Launch(kernel, new(Blocks, 1, 1, 128, Bytes), MemoryMarshal.AsBytes(new ReadOnlySpan<TurnAroundArgs>(in argument)));
        Assert.That(
            driver.Download<float>(turned, Blocks * Count).AsSpan().SequenceEqual(
                [.. numbers[..Count].Reverse(), .. numbers[Count..].Reverse()]));
    }

    /// <summary>Small enough that every sum of them is exact in float32.</summary>
    private static float[] WholeNumbers(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(i * 7919 % 1009))];

    private readonly record struct BlockReduceArgs(ulong Input, ulong Sums, int Count);

    private readonly record struct ClusterReduceArgs(ulong Input, ulong Sums, int Count);

    private readonly record struct LastBlockReduceArgs(ulong Input, ulong Partial, ulong Counter, ulong Sum, int Count);

    private readonly record struct LookBackScanArgs(ulong Input, ulong Output, ulong States, ulong Ticket, int Count);

    private readonly record struct GridBarrierArgs(ulong From, ulong To, ulong Counter, int Count, int Steps);

    private readonly record struct TurnAroundArgs(ulong Numbers, ulong Turned, int Count);

    private readonly record struct RadixArgs(ulong Keys, ulong Sorted, ulong Offsets, int Count, int Shift, int Blocks);
}
