using System.Runtime.InteropServices;
using IadNative.Cuda;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// One block of floats per replica in device memory, a stride apart. What lies between is a signalling NaN: who reads it
/// gets NaN, and who writes it back has made it a quiet one. Inputs and outputs have one of their own each, so that a copy
/// from gap to gap shows too.
/// </summary>
internal sealed class Blocks
{
    // As bits: .NET may turn a float constant that is a signalling NaN into a quiet one.
    private const uint Poison = 0x7f80dead, Canary = 0x7f80beef;

    private readonly ICudaDriver _driver;
    private readonly uint _filling;
    private readonly int _replicas, _length, _stride;

    private Blocks(ICudaDriver driver, int replicas, int length, int stride, uint filling, float[][]? values = null)
    {
        (_driver, _filling, _replicas, _length, _stride) = (driver, filling, replicas, length, stride);
        Assert.That(stride, Is.GreaterThan(length), "A stride must leave a gap.");
        uint[] all = new uint[replicas * stride];
        Array.Fill(all, filling);
        for (int replica = 0; replica < values?.Length; replica++)
            MemoryMarshal.Cast<float, uint>(values[replica]).CopyTo(all.AsSpan(replica * stride));
        Address = driver.Upload<uint>(all);
    }

    /// <summary>Where the first block starts.</summary>
    public ulong Address { get; }

    /// <summary>Blocks that a kernel reads, or reads and writes.</summary>
    public static Blocks Input(ICudaDriver driver, float[][] values, int stride) =>
        new(driver, values.Length, values[0].Length, stride, Poison, values);

    /// <summary>Blocks that a kernel must write; what it leaves out is read as NaN.</summary>
    public static Blocks Output(ICudaDriver driver, int replicas, int length, int stride) =>
        new(driver, replicas, length, stride, Canary);

    /// <summary>Standard normal values, one block per replica.</summary>
    public static float[][] Normal(System.Random random, int replicas, int length) =>
        [.. Enumerable.Range(0, replicas).Select(_ => Problem.Values(length, () => Problem.Gauss(random)))];

    /// <summary>Values from 0.1 to 1.1, one block per replica.</summary>
    public static float[][] Positive(System.Random random, int replicas, int length) =>
        [.. Enumerable.Range(0, replicas).Select(_ => Problem.Values(length, () => 0.1f + random.NextSingle()))];

    /// <summary>Asserts that values are equal; NUnit's own comparison of long arrays is slow.</summary>
    public static void AssertEqual(float[] actual, IEnumerable<float> expected, string what)
    {
        float[] all = [.. expected];
        if (!actual.AsSpan().SequenceEqual(all)) Assert.That(actual, Is.EqualTo(all), what);
    }

    /// <summary>The blocks as they are now. Asserts that nobody wrote between them.</summary>
    public float[][] Read(string what)
    {
        uint[] all = _driver.Download<uint>(Address, _replicas * _stride);
        float[][] blocks = new float[_replicas][];
        for (int replica = 0; replica < _replicas; replica++)
        {
            Span<uint> block = all.AsSpan(replica * _stride, _stride);
            if (block[_length..].ContainsAnyExcept(_filling)) Assert.Fail($"{what}: the gap after replica {replica} is written.");
            blocks[replica] = MemoryMarshal.Cast<uint, float>(block[.._length]).ToArray();
        }

        return blocks;
    }
}
