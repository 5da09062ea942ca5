using System.Runtime.InteropServices;
using System.Text;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>As in kernels/lab/chain_stamps.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChainStampArguments
{
    public ChainEpochArguments Epoch;
    public ulong Clocks, Names;
    public int Most;
}

/// <summary>Rung 4 with a clock.</summary>
internal sealed class StampKernel
{
    private const int Most = 4096, NameBytes = 32;

    private readonly ICudaDriver _driver;
    private readonly Kernel<ChainStampArguments> _kernel;
    private readonly DeviceBuffer _clocks, _names;

    public StampKernel(ICudaDriver driver, DeviceKernels kernels, DeviceArena arena, BlockShape shape)
    {
        _driver = driver;
        _kernel = kernels.Get(
            new KernelDefinition<ChainStampArguments>(
                new KernelFile("lab/chain_stamps.cu", shape.Header), "chain_stamps",
                (in _, replicas, _) => new LaunchShape(replicas, 1, 1, shape.Threads, shape.SharedBytes)),
            shape.SharedBytes);
        (_clocks, _names) = (arena.Reserve<long>(Most), arena.Reserve<byte>(Most * NameBytes));
    }

    /// <summary>Trains through two epochs; the phases of a step in order, each with the median of its cycles.</summary>
    /// <param name="epoch">What the kernel of an epoch takes.</param>
    /// <exception cref="InvalidOperationException">Fewer than two steps were stamped.</exception>
    public IReadOnlyList<LabPhase> Read(in ChainEpochArguments epoch)
    {
        _driver.Clear(_clocks.Address, _clocks.Bytes);
        _driver.Clear(_names.Address, _names.Bytes);
        _kernel.Launch(new ChainStampArguments { Epoch = epoch, Clocks = 0, Names = _names.Address, Most = Most });
        _kernel.Launch(new ChainStampArguments { Epoch = epoch, Clocks = _clocks.Address, Names = _names.Address, Most = Most });
        byte[] text = new byte[Most * NameBytes];
        long[] clocks = new long[Most];
        _driver.CopyToHost(text, _names.Address);
        _driver.CopyToHost(MemoryMarshal.AsBytes(clocks.AsSpan()), _clocks.Address);
        string[] names = [.. text.Chunk(NameBytes).Select(name => Encoding.ASCII.GetString(name).TrimEnd('\0')).TakeWhile(name => name.Length > 0)];
        int marks = Array.IndexOf(names, names.FirstOrDefault() ?? "", 1), steps = marks > 0 ? names.Length / marks : 0;
        if (steps < 2) throw new InvalidOperationException("The kernel marks no phases.");
        return
        [
            .. Enumerable.Range(1, marks).Select(mark =>
            {
                // From mark to mark of all steps but the first; the first mark of a step follows the last of the one before.
                long[] cycles = [.. Enumerable.Range(0, steps - 1).Select(step => (step * marks) + mark).Select(at => clocks[at] - clocks[at - 1]).Order()];
                return new LabPhase(names[mark % marks], cycles[cycles.Length / 2]);
            }),
        ];
    }
}
