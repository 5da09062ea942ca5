using System.Runtime.InteropServices;
using IadNative.Cuda;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Sorts segments of one length on a device and compares with a stable sort.</summary>
internal static class SortTrial
{
    /// <summary>Sorts keys, one array per segment.</summary>
    /// <param name="bench">The device.</param>
    /// <param name="keys">The keys of each segment.</param>
    /// <param name="hasPayload">Whether payloads are given; otherwise they are the keys' indices.</param>
    /// <param name="smallCount">Most pairs that one block may sort.</param>
    public static void Keys(Bench bench, uint[][] keys, bool hasPayload, int smallCount = RadixSort.SmallCount)
    {
        int count = keys[0].Length, stride = count + 3;
        uint[][] payload = [.. keys.Select((_, s) => hasPayload ? SortInputs.Random(s, count) : Indices(count))];
        Blocks input = Upload(bench, keys, stride), payloadInput = Upload(bench, payload, stride);
        using var arena = new DeviceArena(bench.Driver, isolate: true);
        var sort = new RadixSort(bench.Driver, bench.Kernels, arena, keys.Length, count, smallCount);
        bench.Kernels.Load();
        arena.Allocate();
        sort.SortKeys(input.Address, hasPayload ? payloadInput.Address : 0, stride);

        string what = $"{keys.Length} x {count} keys, one block for {smallCount}";
        AssertIsSorted(bench, sort, keys, [.. keys.Select(StableOrder)], payload, what);
        Assert.That(bench.Driver.Download<int>(sort.HasNan.Address, keys.Length), Is.All.Zero, what);
        AssertUnchanged(input, keys, what);
        AssertUnchanged(payloadInput, payload, what);
    }

    /// <summary>Sorts scores, one array per segment; asserts that segments with NaN are flagged, and that alone.</summary>
    /// <param name="bench">The device.</param>
    /// <param name="scores">The scores of each segment.</param>
    /// <param name="smallCount">Most pairs that one block may sort.</param>
    public static void Scores(Bench bench, float[][] scores, int smallCount = RadixSort.SmallCount)
    {
        int count = scores[0].Length, stride = count + 3;
        Blocks input = Blocks.Input(bench.Driver, scores, stride);
        using var arena = new DeviceArena(bench.Driver, isolate: true);
        var sort = new RadixSort(bench.Driver, bench.Kernels, arena, scores.Length, count, smallCount);
        bench.Kernels.Load();
        arena.Allocate();
        sort.SortScores(input.Address, stride);

        string what = $"{scores.Length} x {count} scores, one block for {smallCount}";
        uint[][] keys = [.. scores.Select(segment => segment.Select(KeyOf).ToArray())];
        uint[][] indices = [.. scores.Select(_ => Indices(count))];
        AssertIsSorted(bench, sort, keys, [.. scores.Select(s => s.Any(float.IsNaN) ? null : StableOrder(s))], indices, what);
        Assert.That(
            bench.Driver.Download<int>(sort.HasNan.Address, scores.Length),
            Is.EqualTo(scores.Select(segment => segment.Any(float.IsNaN) ? 1 : 0)), what);
        AssertUnchanged(input, [.. scores.Select(Bits)], what);
    }

    /// <summary>Indices by ascending value, those of equal values ascending.</summary>
    public static int[] StableOrder<T>(T[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        return [.. order.OrderBy(i => values[i])];
    }

    private static uint[] Indices(int count) => [.. Enumerable.Range(0, count).Select(i => (uint)i)];

    private static uint KeyOf(float score)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score);
        return score == 0 ? 0x80000000 : score > 0 ? bits + 0x80000000 : ~bits;
    }

    /// <summary>Asserts that the results are in an order; where there is none, only that they are a permutation.</summary>
    private static void AssertIsSorted(Bench bench, RadixSort sort, uint[][] keys, int[]?[] orders, uint[][] payload, string what)
    {
        int count = keys[0].Length;
        if (count == 0) return;
        uint[] sortedKeys = bench.Driver.Download<uint>(sort.SortedKeys.Address, keys.Length * count);
        uint[] sortedPayload = bench.Driver.Download<uint>(sort.SortedPayload.Address, keys.Length * count);
        for (int s = 0; s < keys.Length; s++)
        {
            Span<uint> actual = sortedPayload.AsSpan(s * count, count);
            if (orders[s] is not { } order)
            {
                actual.Sort();
                AssertEqual(actual, payload[s], $"{what}: payloads of segment {s}, which has NaN");
                continue;
            }

            AssertEqual(sortedKeys.AsSpan(s * count, count), [.. order.Select(i => keys[s][i])], $"{what}: keys of segment {s}");
            AssertEqual(actual, [.. order.Select(i => payload[s][i])], $"{what}: payloads of segment {s}");
        }
    }

    private static void AssertEqual(ReadOnlySpan<uint> actual, uint[] expected, string what)
    {
        int equal = actual.CommonPrefixLength(expected);
        if (equal != expected.Length) Assert.Fail($"{what}: entry {equal} is {actual[equal]:x8}, not {expected[equal]:x8}.");
    }

    private static Blocks Upload(Bench bench, uint[][] values, int stride) =>
        Blocks.Input(bench.Driver, [.. values.Select(v => MemoryMarshal.Cast<uint, float>(v).ToArray())], stride);

    private static uint[] Bits(float[] values) => MemoryMarshal.Cast<float, uint>(values).ToArray();

    private static void AssertUnchanged(Blocks input, uint[][] values, string what)
    {
        float[][] now = input.Read(what);
        for (int s = 0; s < values.Length; s++) AssertEqual(Bits(now[s]), values[s], $"{what}: input of segment {s}");
    }
}
