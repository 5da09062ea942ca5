using System.Runtime.InteropServices;
using IadNative.Cuda;

namespace IadNative.Bench.Gpu;

/// <summary>Seconds of sorting pairs of 32-bit keys and payloads.</summary>
/// <param name="Length">n.</param>
/// <param name="Seconds">Of one sort.</param>
internal sealed record SortMeasurement(int Length, double Seconds)
{
    /// <summary>
    /// Bytes that a sort must move: read and written once in one block; otherwise keys read once to count, and every pair read and
    /// written in each of four passes, the first of which makes the payload itself.
    /// </summary>
    public long Bytes => Length <= RadixSort.SmallCount ? 12L * Length : (4L + 12 + (3 * 16)) * Length;

    /// <summary>Measures one, of random keys.</summary>
    public static SortMeasurement Take(ICudaDriver driver, int length, GpuOptions options)
    {
        using var arena = new DeviceArena(driver, isolate: false);
        DeviceBuffer keys = arena.Reserve<uint>(length);
        var kernels = new DeviceKernels(driver);
        var sort = new RadixSort(driver, kernels, arena, segments: 1, length);
        kernels.Load();
        arena.Allocate();
        uint[] values = new uint[length];
        new System.Random(1).NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        driver.CopyToDevice(keys.Address, MemoryMarshal.AsBytes<uint>(values));
        double seconds = Repetitions.MedianSeconds(options, count =>
        {
            for (int i = 0; i < count; i++) sort.SortKeys(keys.Address, payload: 0, length);
            driver.Synchronize();
        });
        return new SortMeasurement(length, seconds);
    }

    /// <summary>Bytes per second, read and written, of copying a large block within the device.</summary>
    public static double CopyBandwidth(ICudaDriver driver, long bytes, GpuOptions options)
    {
        using var arena = new DeviceArena(driver, isolate: false);
        DeviceBuffer from = arena.Reserve<byte>(bytes), to = arena.Reserve<byte>(bytes);
        arena.Allocate();
        driver.Clear(from.Address, bytes);
        double seconds = Repetitions.MedianSeconds(options, count =>
        {
            for (int i = 0; i < count; i++) driver.CopyOnDevice(to.Address, from.Address, bytes);
            driver.Synchronize();
        });
        return 2 * bytes / seconds;
    }
}
