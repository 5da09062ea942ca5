namespace IadNative.Iad;

/// <summary>Notices detectors that give nearly every sample the same score.</summary>
internal static class CollapseAlarm
{
    private const double LeastRelativeSpread = 1e-6;

    /// <summary>Fewer than max(2, n/100) distinct scores, or s_max − s_min ≤ 1e-6·|s_med|.</summary>
    public static bool IsCollapsed(ScoreStatistics statistics, int distinctScores, int samples) =>
        distinctScores < Math.Max(2, samples / 100.0)
        || !((double)statistics.Max - statistics.Min > LeastRelativeSpread * Math.Abs(statistics.Median));

    /// <summary>One alarm for a run with collapsed rounds; null for a sound run.</summary>
    public static Alarm? For(RunReport run)
    {
        int[] rounds = [.. run.Rounds.Where(round => round.Collapsed).Select(round => round.Round)];
        if (rounds.Length == 0) return null;
        string selected = run.KeptRounds.Any(rounds.Contains)
            ? "the selected round is one of them: do not trust this detector"
            : "the selected round is none of them";
        string names = rounds.Length == 1 ? $"round {rounds[0]}" : $"rounds {string.Join(", ", rounds)}";
        return new Alarm(AlarmKind.Collapsed, run.Seed, rounds[0], null,
            $"Run with seed {run.Seed} gave nearly all samples the same score in {names}; {selected}.");
    }
}
