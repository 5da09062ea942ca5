using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers;

/// <summary>How calls of scoring are checked and timed.</summary>
internal static class ScoringCalls
{
    /// <summary>The scores of every call's rows, once around.</summary>
    public static double[] AllScores(Problem problem, Func<int, float> call, float[] output)
    {
        var scores = new List<double>();
        for (int i = 0; i < problem.Rows / problem.RowsPerCall; i++)
        {
            call(i);
            scores.AddRange(output.Select(score => (double)score));
        }

        return [.. scores];
    }

    /// <summary>Calls for a single row are timed one by one, others as a whole.</summary>
    public static Measurement Measure(Problem problem, int count, Func<int, float> call) => problem.RowsPerCall == 1
        ? Measurement.EachCall(count, call)
        : Measurement.Whole(count, calls =>
        {
            for (int i = 0; i < calls; i++) call(i);
        });
}
