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

    /// <summary>Major compute capability; clusters need 9.</summary>
    public int ComputeMajor { get; init; } = 8;

    /// <summary>Bytes of device memory.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>Whether products that stand aside run as late as they may, where they are joined; otherwise as early, in their turn.</summary>
    public bool RunsAsideLate { get; init; }

    /// <summary>Where kernel files lie.</summary>
    public string KernelFolder { get; init; } = KernelSources.KernelFolder;

    /// <summary>
    /// Schedules on which each launch is repeated from the same memory: it must leave the same bits, or fails. Not for check
    /// mode, which knows more of memory than its bits.
    /// </summary>
    public IReadOnlyList<EmulatorOptions> SameOn { get; init; } = [];

    /// <summary>Schedules that differ in seed, order of blocks and residency.</summary>
    public static IReadOnlyList<EmulatorOptions> Schedules(EmulatorMode mode) =>
    [
        new() { Mode = mode },
        new() { Mode = mode, Seed = 1 },
        new() { Mode = mode, Seed = 2, Residency = 4, Order = BlockOrder.Descending },
    ];

    /// <summary>
    /// Where numbers are proven: one schedule of the fast build. Each of its launches gives the same bits on as many others as
    /// the environment variable IAD_SCHEDULES says, which the full tier sets.
    /// </summary>
    public static EmulatorOptions Numbers
    {
        get
        {
            int others = int.TryParse(Environment.GetEnvironmentVariable("IAD_SCHEDULES"), out int count) ? count : 0;
            IReadOnlyList<EmulatorOptions> schedules = Schedules(EmulatorMode.Fast);
            return schedules[0] with
            {
                SameOn = [.. schedules.Skip(1).Concat(Enumerable.Range(0, 64).Select(i => Drawn(EmulatorMode.Fast, i))).Take(others)],
            };
        }
    }

    /// <summary>Where each memory access is checked: one schedule that interrupts threads.</summary>
    public static EmulatorOptions Races => Schedules(EmulatorMode.Check)[1];

    /// <summary>A schedule that a number chooses at random.</summary>
    public static EmulatorOptions Drawn(EmulatorMode mode, int number)
    {
        var random = new System.Random(number);
        return new()
        {
            Mode = mode,
            Seed = (ulong)random.NextInt64(1, long.MaxValue),
            Residency = random.Next(4) == 0 ? int.MaxValue : random.Next(1, 9),
            Order = (BlockOrder)random.Next(3),
            AccessesBetweenInterruptions = random.Next(3, 200),
        };
    }
}
