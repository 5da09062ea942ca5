using System.Globalization;

namespace IadNative.Cli;

/// <summary>Durations as people say them.</summary>
internal static class Durations
{
    /// <summary>Such as 0.42 s, 12 s, 3 min 5 s or 2 h 10 min.</summary>
    public static string Format(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 9.995 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:F2} s"),
        { TotalSeconds: < 59.5 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:F0} s"),
        { TotalMinutes: < 60 } => $"{(int)duration.TotalMinutes} min {duration.Seconds} s",
        _ => $"{(long)duration.TotalHours} h {duration.Minutes} min",
    };
}
