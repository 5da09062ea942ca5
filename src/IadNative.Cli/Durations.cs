using System.Globalization;

namespace IadNative.Cli;

/// <summary>Durations as people say them.</summary>
internal static class Durations
{
    /// <summary>Such as 0.42 s, 12 s, 3 min 5 s or 2 h 10 min.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration.TotalSeconds < 9.995) return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:F2} s");
        TimeSpan rounded = TimeSpan.FromSeconds(Math.Round(duration.TotalSeconds));
        return rounded switch
        {
            { TotalMinutes: < 1 } => $"{rounded.Seconds} s",
            { TotalHours: < 1 } => $"{rounded.Minutes} min {rounded.Seconds} s",
            _ => $"{(long)rounded.TotalHours} h {rounded.Minutes} min",
        };
    }
}
