using System.Numerics;
using System.Runtime.ExceptionServices;

namespace IadNative.Compute.Cpu;

/// <summary>
/// Threads that work together on single operations of a training step: the caller and helpers, which wait awake for a while and
/// then asleep. A part goes to the same member each time unless that one is late, since memory that another core wrote last is
/// slow to write. Nothing allocates once the helpers have started, which happens when there is first something to share. One
/// caller at a time.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    /// <summary>Multiply-adds that are worth a thread: some microseconds of work, where handing it over takes one.</summary>
    public const int SmallestShare = 1 << 18;

    private const int MostParts = 32;

    // Looks at the ticket before a helper falls asleep: some hundred microseconds.
    private const int WakefulLooks = 2_000;

    private readonly object _gate = new();
    private readonly Thread[] _helpers;
    private readonly long _smallestShare;
    private ITeamWork _work = null!;
    private ExceptionDispatchInfo? _failure;
    private int _phase, _length, _granule, _parts;

    // The run's number in the upper half, a bit for each part that nobody has taken yet in the lower: who takes one knows that the
    // fields above are those of its run, since they change only while the lower half is zero.
    private long _ticket;
    private int _done, _asleep;
    private bool _started, _closed;

    /// <summary>A team of the caller and size − 1 helpers, for parts of so many multiply-adds or more.</summary>
    public ThreadTeam(int size, long smallestShare = SmallestShare)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        Size = size;
        _smallestShare = smallestShare;
        _helpers = new Thread[size - 1];
    }

    /// <summary>Threads, the caller among them.</summary>
    public int Size { get; }

    /// <summary>
    /// Cuts items into parts that are worth a thread each, at multiples of a granule, and does them all, side by side where there
    /// is more than one.
    /// </summary>
    /// <param name="work">What to do with a part.</param>
    /// <param name="phase">Handed on to it.</param>
    /// <param name="length">Number of items.</param>
    /// <param name="granule">Items that belong together.</param>
    /// <param name="cost">Of all items, in multiply-adds.</param>
    public void Share(ITeamWork work, int phase, int length, int granule, long cost)
    {
        int granules = (length + granule - 1) / granule;
        int parts = (int)Math.Min(Math.Min(Math.Min(Size, MostParts), granules), cost / _smallestShare);
        if (parts <= 1)
        {
            work.Part(phase, 0, length, 0);
            return;
        }

        if (!_started) Start();
        (_work, _phase, _length, _granule, _parts) = (work, phase, length, granule, parts);
        Volatile.Write(ref _done, 0);
        long run = (Volatile.Read(ref _ticket) >> 32) + 1;
        Interlocked.Exchange(ref _ticket, (run << 32) | (uint.MaxValue >> (MostParts - parts)));
        if (Volatile.Read(ref _asleep) > 0)
        {
            lock (_gate) Monitor.PulseAll(_gate);
        }

        TakeParts(0);
        var wait = default(SpinWait);
        while (Volatile.Read(ref _done) < parts) wait.SpinOnce(sleep1Threshold: -1);
        if (Interlocked.Exchange(ref _failure, null) is { } failure) failure.Throw();
    }

    /// <summary>Where later items take longer: the order in which parts take them in turns from both ends.</summary>
    public static int FromBothEnds(int item, int count) => item % 2 == 0 ? item / 2 : count - 1 - (item / 2);

    /// <summary>Sends the helpers home.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        if (!_started) return;
        foreach (Thread helper in _helpers) helper.Join();
    }

    private void Start()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        for (int i = 0; i < _helpers.Length; i++)
        {
            int member = i + 1;
            _helpers[i] = new Thread(() => Help(member)) { IsBackground = true, Name = $"IadNative training {member}" };
            _helpers[i].Start();
        }

        _started = true;
    }

    private void Help(int member)
    {
        long run = 0;
        while (AwaitRun(ref run)) TakeParts(member);
    }

    // Waits for a run later than the one given and makes it that; false when there is none to come.
    private bool AwaitRun(ref long run)
    {
        for (int look = 0; look < WakefulLooks; look++)
        {
            if (IsLater(ref run)) return true;
            if (Volatile.Read(ref _closed)) return false;
            Thread.SpinWait(8);
        }

        lock (_gate)
        {
            Interlocked.Increment(ref _asleep);
            while (!_closed && !IsLater(ref run)) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _asleep);
            return !_closed;
        }
    }

    private bool IsLater(ref long run)
    {
        long current = Volatile.Read(ref _ticket) >> 32;
        if (current == run) return false;
        run = current;
        return true;
    }

    private void TakeParts(int member)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            uint left = (uint)ticket;
            if (left == 0) return;
            (ITeamWork work, int phase, int length, int granule, int parts) = (_work, _phase, _length, _granule, _parts);
            int part = member < MostParts && (left >> member & 1) == 1 ? member : BitOperations.TrailingZeroCount(left);
            if (Interlocked.CompareExchange(ref _ticket, ticket & ~(1L << part), ticket) != ticket) continue;
            try
            {
                long granules = (length + granule - 1) / granule;
                int first = (int)(granules * part / parts) * granule, end = (int)(granules * (part + 1) / parts) * granule;
                work.Part(phase, first, Math.Min(length, end), member);
            }
            catch (Exception e)
            {
                Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(e));
            }

            Interlocked.Increment(ref _done);
        }
    }
}
