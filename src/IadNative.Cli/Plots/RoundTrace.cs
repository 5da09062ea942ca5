using IadNative.Iad;
using IadNative.Metrics;

namespace IadNative.Cli.Plots;

/// <summary>One measure over the rounds: mean and population standard deviation over the runs that have it.</summary>
/// <param name="Rounds">t of each point.</param>
/// <param name="Mean">The means.</param>
/// <param name="Std">The standard deviations.</param>
internal sealed record RoundTrace(double[] Rounds, double[] Mean, double[] Std)
{
    /// <summary>Collects a measure; values that are absent or not finite are passed over.</summary>
    public static RoundTrace Of(IReadOnlyList<RunReport> runs, Func<RoundReport, double?> measure)
    {
        (int Round, MeanStd Value)[] points =
        [
            .. runs.SelectMany(run => run.Rounds)
                .Where(round => measure(round) is { } value && double.IsFinite(value))
                .GroupBy(round => round.Round, round => measure(round)!.Value)
                .OrderBy(group => group.Key)
                .Select(group => (group.Key, MeanStd.Of([.. group]))),
        ];
        return new RoundTrace(
            [.. points.Select(point => (double)point.Round)],
            [.. points.Select(point => point.Value.Mean)],
            [.. points.Select(point => point.Value.Std)]);
    }
}
