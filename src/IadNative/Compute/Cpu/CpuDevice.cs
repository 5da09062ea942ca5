using System.Runtime.Intrinsics;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu;

/// <summary>
/// The SIMD engine: runs plans on the CPU, a thread or more per replica. Results do not depend on the number of threads.
/// </summary>
internal sealed class CpuDevice : IDevice
{
    /// <summary>The CPU with a number of threads.</summary>
    /// <param name="threads">Threads to train on; 0 for one per core.</param>
    public CpuDevice(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
    }

    /// <summary>Threads to train on.</summary>
    public int Threads { get; }

    /// <summary>The width of the vectors that this machine computes with; results depend on it.</summary>
    public static string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "512-bit vectors"
        : Vector256.IsHardwareAccelerated ? "256-bit vectors"
        : Vector128.IsHardwareAccelerated ? "128-bit vectors"
        : "scalar";

    /// <summary>Floats of these vectors.</summary>
    public static int VectorLength => SelectLanes(new Length());

    /// <inheritdoc/>
    public string Description => $"CPU, {InstructionSet}";

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The CPU engine does not know an operation, or not where it stands.</exception>
    /// <exception cref="ArgumentException">
    /// The data do not fit the plan or the replicas; or a buffer would have more numbers than any can.
    /// </exception>
    public ISession CreateSession(Plan plan, SessionSpec spec)
    {
        try
        {
            return SelectLanes(new SessionFactory(plan, spec, Threads));
        }
        catch (OverflowException e)
        {
            throw new ArgumentException(
                $"With batches of {spec.BatchSize} rows, the network needs more numbers in one piece than the {Array.MaxLength} that are possible. "
                + "Give it fewer or narrower layers, or smaller batches.", e);
        }
    }

    internal static TResult SelectLanes<TResult>(ILanesFunction<TResult> function) =>
        Vector512.IsHardwareAccelerated ? function.Invoke<Lanes512>()
        : Vector256.IsHardwareAccelerated ? function.Invoke<Lanes256>()
        : Vector128.IsHardwareAccelerated ? function.Invoke<Lanes128>()
        : function.Invoke<Lanes1>();

    private sealed class Length : ILanesFunction<int>
    {
        public int Invoke<T>()
            where T : struct, ILanes<T> => T.Count;
    }

    private sealed class SessionFactory(Plan plan, SessionSpec spec, int threads) : ILanesFunction<ISession>
    {
        public ISession Invoke<T>()
            where T : struct, ILanes<T> => new CpuSession<T>(plan, spec, threads);
    }
}
