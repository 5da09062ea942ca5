using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using IadNative.Cuda;
using IadNative.Tests.Cuda.Kernels;
using IadNative.Tests.Emulator;
using KernelFiles = IadNative.Tests.Emulator.KernelSources;

namespace IadNative.Tests.Cuda;

/// <summary>The sort as the engine holds it: its memory, its launches, graphs of it.</summary>
public sealed partial class RadixSortTests
{
    [Test]
    public void Kernels_and_engine_know_the_same_launch_constants()
    {
        string table = File.ReadAllText(Path.Combine(KernelFiles.KernelFolder, "sort_table.cuh"));
        Assert.That(
            Constant().Matches(table).Select(match => (match.Groups[1].Value, match.Groups[2].Value)),
            Is.EqualTo(typeof(SortTable).GetFields(BindingFlags.Static | BindingFlags.Public).Select(field =>
                (field.Name, string.Create(CultureInfo.InvariantCulture, $"{field.GetRawConstantValue()}")))));
    }

    [TestCase(0, 1, 0)]
    [TestCase(RadixSort.SmallCount, 1, 0)]
    [TestCase(RadixSort.SmallCount + 1, 5, 4)]
    public void A_sort_is_one_launch_or_five_and_nothing_is_allocated_or_read(int count, int launches, int clears)
    {
        using var driver = new FaultyDriver(new MemoryDriver(1 << 24));
        using var arena = new DeviceArena(driver, isolate: false);
        var kernels = new DeviceKernels(driver);
        var sort = new RadixSort(driver, kernels, arena, segments: 3, count);
        kernels.Load();
        arena.Allocate();
        int before = driver.Calls.Count;
        sort.SortScores(scores: 256, stride: count);
        Assert.That(
            driver.Calls.Skip(before),
            Is.EqualTo([.. Enumerable.Repeat(DriverCall.Clear, clears), .. Enumerable.Repeat(DriverCall.Launch, launches)]));
    }

    [Test]
    public void A_sort_allocates_nothing_on_the_host([Values(1000, 9000)] int count)
    {
        using var driver = new MemoryDriver(1 << 24);
        using var arena = new DeviceArena(driver, isolate: false);
        var kernels = new DeviceKernels(driver);
        var sort = new RadixSort(driver, kernels, arena, segments: 3, count);
        kernels.Load();
        arena.Allocate();
        Assert.That(Allocations.Of(() => sort.SortScores(scores: 256, stride: count)), Is.Zero);
    }

    [Test, Category("Emulator")]
    public void A_captured_sort_sorts_what_is_there_when_it_is_replayed([Values(1000, 9000)] int count)
    {
        ClangCompiler.IgnoreIfMissing();
        using var driver = new EmulatedCudaDriver(new());
        using var arena = new DeviceArena(driver, isolate: true);
        DeviceBuffer scores = arena.Reserve<float>(2 * count);
        var kernels = new DeviceKernels(driver);
        var sort = new RadixSort(driver, kernels, arena, segments: 2, count);
        kernels.Load();
        arena.Allocate();
        driver.BeginCapture();
        sort.SortScores(scores.Address, count);
        nint graph = driver.EndCapture();
        foreach (float[][] values in new float[][][]
        {
            [SortInputs.Scores(1, count), SortInputs.WithNan(2, count)],
            [SortInputs.Special(3, count), SortInputs.Scores(4, count)],
        })
        {
            driver.CopyToDevice(scores.Address, MemoryMarshal.AsBytes<float>([.. values[0], .. values[1]]));
            driver.Replay(graph);
            Assert.That(driver.Download<int>(sort.HasNan.Address, 2), Is.EqualTo(values.Select(v => v.Any(float.IsNaN) ? 1 : 0)));
            int[] payload = driver.Download<int>(sort.SortedPayload.Address, 2 * count);
            for (int s = 0; s < 2; s++)
            {
                if (!values[s].Any(float.IsNaN))
                    Assert.That(payload.Skip(s * count).Take(count), Is.EqualTo(SortTrial.StableOrder(values[s])));
            }
        }

        driver.DestroyGraph(graph);
    }

    [Test]
    public void The_memory_of_large_sorts_is_counted_without_overflow()
    {
        const int Segments = 50, Count = 100_000_000;
        using var driver = new MemoryDriver();
        var arena = new DeviceArena(driver, isolate: false);
        _ = new RadixSort(driver, new DeviceKernels(driver), arena, Segments, Count);
        long pairs = (long)Segments * Count;
        Assert.That(arena.Bytes, Is.InRange(16 * pairs, 17 * pairs));
    }

    [TestCase(0, 1, 1)]
    [TestCase(65_536, 1, 1)]
    [TestCase(1, -1, 1)]
    [TestCase(1, 1 << 30, 1)]
    [TestCase(1, 1, -1)]
    [TestCase(1, 1, RadixSort.SmallCount + 1)]
    public void What_cannot_be_sorted_is_refused(int segments, int count, int smallCount)
    {
        using var driver = new MemoryDriver();
        var arena = new DeviceArena(driver, isolate: false);
        Assert.That(
            () => new RadixSort(driver, new DeviceKernels(driver), arena, segments, count, smallCount),
            Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [GeneratedRegex(@"^constexpr int k(\w+) = (\d+);$", RegexOptions.Multiline)]
    private static partial Regex Constant();
}
