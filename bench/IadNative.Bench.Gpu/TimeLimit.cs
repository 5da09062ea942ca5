namespace IadNative.Bench.Gpu;

/// <summary>The time that a run may take, from here on.</summary>
/// <param name="seconds">Null for no limit.</param>
/// <param name="clock">What tells the time.</param>
internal sealed class TimeLimit(double? seconds, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();

    /// <summary>Seconds that are left, below 0 once they are used; null for no limit.</summary>
    public double? Left => seconds - clock.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Whether nothing more is to be begun.</summary>
    public bool IsUsed => Left <= 0;
}
