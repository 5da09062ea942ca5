namespace IadNative.Tests.Emulator;

/// <summary>In which order blocks come to the machine.</summary>
internal enum BlockOrder
{
    /// <summary>By their numbers.</summary>
    Ascending = 0,

    /// <summary>The last one first.</summary>
    Descending = 1,

    /// <summary>At random, by the seed.</summary>
    Shuffled = 2,
}

/// <summary>How the emulated device runs.</summary>
internal sealed record EmulatorOptions
{
    /// <summary>Which build.</summary>
    public EmulatorMode Mode { get; init; } = EmulatorMode.Fast;

    /// <summary>0 runs threads in their order; any other number is a schedule of its own.</summary>
    public ulong Seed { get; init; }

    /// <summary>Most blocks on the machine at a time.</summary>
    public int Residency { get; init; } = int.MaxValue;

    /// <summary>By default shuffled where there is a seed.</summary>
    public BlockOrder? Order { get; init; }

    /// <summary>
    /// In check mode with a seed, the mean number of memory accesses between two interruptions of a thread.
    /// </summary>
    public int AccessesBetweenInterruptions { get; init; } = 50;

    /// <summary>Processor time after which a kernel is taken to run for ever.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of device memory.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>Where kernel files lie.</summary>
    public string KernelFolder { get; init; } = KernelSources.KernelFolder;

    /// <summary>Schedules that differ in seed, order of blocks and residency.</summary>
    public static IEnumerable<EmulatorOptions> Schedules(EmulatorMode mode) =>
    [
        new() { Mode = mode },
        new() { Mode = mode, Seed = 1 },
        new() { Mode = mode, Seed = 2, Residency = 4, Order = BlockOrder.Descending },
    ];
}
