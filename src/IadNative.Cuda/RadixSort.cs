using System.Runtime.InteropServices;

namespace IadNative.Cuda;

/// <summary>As in kernels/sort.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SortArguments
{
    public ulong Scores, Keys, Payload, SortedKeys, SortedPayload, HasNan, Counts, States, Tickets;
    public long Stride;
    public int Count, Tiles, Shift;
}

/// <summary>
/// Sorts pairs of a 32-bit key and a 32-bit payload on the device, ascending and stably, in independent segments of n pairs
/// each. It owns the results and all memory that sorting needs; a sort allocates nothing and reads nothing back, so that it can
/// be captured into a graph: one launch for small n, five launches for larger.
/// </summary>
internal sealed class RadixSort
{
    /// <summary>Most pairs of a segment that one block can sort.</summary>
    public const int SmallCount = SortTable.SmallThreads * SortTable.SmallItems;

    /// <summary>Pairs that a block moves at a time where a segment has more.</summary>
    public const int TileLength = SortTable.TileThreads * SortTable.TileItems;

    /// <summary>Sorts segments that one block can sort.</summary>
    public static readonly KernelDefinition<SortArguments> SortSmall = new("sort.cu", "sort_small", (in a, segments, _) =>
    {
        int threads = 32 * LaunchShape.Blocks(a.Count, 32);
        return new LaunchShape(1, segments, 1, Math.Clamp(threads, SortTable.LeastSmallThreads, SortTable.SmallThreads));
    });

    /// <summary>Counts the digits of all passes.</summary>
    public static readonly KernelDefinition<SortArguments> CountDigits = new("sort.cu", "count_digits", (in a, segments, _) =>
    {
        int most = Math.Max(SortTable.CountBlocks / segments, 1);
        return new LaunchShape(Math.Min(a.Tiles, most), segments, 1, SortTable.CountThreads);
    });

    /// <summary>Sorts by one digit.</summary>
    public static readonly KernelDefinition<SortArguments> SortPass = new(
        "sort.cu", "sort_pass", (in a, segments, _) => new LaunchShape(a.Tiles, segments, 1, SortTable.TileThreads));

    private const int Digits = 256, Passes = 4, LargestCount = (1 << 30) - 1, MostSegments = 65_535;

    private readonly ICudaDriver _driver;
    private readonly Kernel<SortArguments> _sortSmall, _countDigits, _sortPass;
    private readonly int _segments, _count, _tiles;
    private readonly bool _isSmall;
    private readonly DeviceBuffer? _otherKeys, _otherPayload, _counts, _states, _tickets;

    /// <summary>Reserves the memory to sort segments of <paramref name="count"/> pairs.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="kernels">Its kernels.</param>
    /// <param name="arena">Gets the results and the workspace; to be allocated before the first sort.</param>
    /// <param name="segments">Independent sorts, up to 65,535.</param>
    /// <param name="count">n, from 0 to 2^30 − 1.</param>
    /// <param name="smallCount">
    /// Most pairs that one block sorts, at most <see cref="SmallCount"/>; fewer to compare the two ways.
    /// </param>
    public RadixSort(
        ICudaDriver driver, DeviceKernels kernels, DeviceArena arena, int segments, int count, int smallCount = SmallCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(segments);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(segments, MostSegments);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LargestCount);
        ArgumentOutOfRangeException.ThrowIfNegative(smallCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(smallCount, SmallCount);
        (_driver, _segments, _count) = (driver, segments, count);
        (_sortSmall, _countDigits, _sortPass) = (kernels.Get(SortSmall), kernels.Get(CountDigits), kernels.Get(SortPass));
        SortedKeys = arena.Reserve<uint>((long)segments * count);
        SortedPayload = arena.Reserve<uint>((long)segments * count);
        HasNan = arena.Reserve<int>(segments);
        _isSmall = count <= smallCount;
        if (_isSmall) return;

        _tiles = (count - 1) / TileLength + 1;
        _otherKeys = arena.Reserve<uint>((long)segments * count);
        _otherPayload = arena.Reserve<uint>((long)segments * count);
        _counts = arena.Reserve<uint>((long)segments * Passes * Digits);
        _states = arena.Reserve<uint>(Passes * (long)segments * _tiles * Digits);
        _tickets = arena.Reserve<int>(Passes * (long)segments);
    }

    /// <summary>The keys of the last sort in ascending order: segments × n unsigned integers.</summary>
    public DeviceBuffer SortedKeys { get; }

    /// <summary>Their payloads: segments × n unsigned integers.</summary>
    public DeviceBuffer SortedPayload { get; }

    /// <summary>An integer for each segment, 1 where its scores held NaN: then its result means nothing, otherwise 0.</summary>
    public DeviceBuffer HasNan { get; }

    /// <summary>
    /// Sorts scores; the payload is the score's index in its segment. The keys are such that their unsigned order is that of
    /// scores: −0 equals +0, infinities are the extremes.
    /// </summary>
    /// <param name="scores">Segments of n scores on the device; they stay as they are.</param>
    /// <param name="stride">Scores from one segment's start to the next one's.</param>
    public void SortScores(ulong scores, long stride) => Sort(new SortArguments { Scores = scores, Stride = stride });

    /// <summary>Sorts keys.</summary>
    /// <param name="keys">Segments of n unsigned integers on the device; they stay as they are.</param>
    /// <param name="payload">As many; 0 for a key's index in its segment.</param>
    /// <param name="stride">Keys, and payloads, from one segment's start to the next one's.</param>
    public void SortKeys(ulong keys, ulong payload, long stride) =>
        Sort(new SortArguments { Keys = keys, Payload = payload, Stride = stride });

    private void Sort(SortArguments a)
    {
        a.HasNan = HasNan.Address;
        a.Count = _count;
        (a.SortedKeys, a.SortedPayload) = (SortedKeys.Address, SortedPayload.Address);
        if (_isSmall)
        {
            _sortSmall.Launch(a, _segments);
            return;
        }

        Clear(HasNan);
        Clear(_counts!);
        Clear(_states!);
        Clear(_tickets!);
        a.Counts = _counts!.Address;
        a.Tiles = _tiles;
        _countDigits.Launch(a, _segments);
        for (int pass = 0; pass < Passes; pass++)
        {
            // Passes 0 and 2 write to the workspace, 1 and 3 to the results.
            (a.SortedKeys, a.SortedPayload) = pass % 2 == 0
                ? (_otherKeys!.Address, _otherPayload!.Address)
                : (SortedKeys.Address, SortedPayload.Address);
            a.States = _states!.Address + (ulong)(_states.Bytes / Passes * pass);
            a.Tickets = _tickets!.Address + (ulong)(_tickets.Bytes / Passes * pass);
            a.Shift = 8 * pass;
            _sortPass.Launch(a, _segments);
            (a.Scores, a.Keys, a.Payload, a.Stride) = (0, a.SortedKeys, a.SortedPayload, _count);
        }
    }

    private void Clear(DeviceBuffer buffer) => _driver.Clear(buffer.Address, buffer.Bytes);
}
