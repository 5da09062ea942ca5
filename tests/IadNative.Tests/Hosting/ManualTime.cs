namespace IadNative.Tests.Hosting;

/// <summary>A clock that stands still until it is moved on; its timers go off within the call that does.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public int Timers => _timers.Count;

    /// <summary>What the newest timer calls: called by hand, it is one that was on its way when the timer was disposed.</summary>
    public Action Callback { get; private set; } = () => { };

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public void Advance(TimeSpan time)
    {
        DateTimeOffset end = _now + time;
        while (_timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is { } next)
        {
            _now = next.Due;
            next.Fire();
        }

        _now = end;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Callback = () => callback(state);
        var timer = new Timer(this, Callback, period) { Due = _now + dueTime };
        _timers.Add(timer);
        return timer;
    }

    private sealed class Timer(ManualTime time, Action callback, TimeSpan period) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public void Fire()
        {
            Due += period;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
