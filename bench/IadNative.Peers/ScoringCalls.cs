using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers;

/// <summary>Which rows a call of scoring takes, and how calls are timed.</summary>
internal static class ScoringCalls
{
    /// <summary>The rows of a call: block after block of whole calls, and from the start again.</summary>
    public static ReadOnlySpan<float> RowsOf(int call, Problem problem, float[] data)
    {
        int calls = problem.Rows / problem.RowsPerCall, length = problem.RowsPerCall * problem.Features;
        return data.AsSpan(call % calls * length, length);
    }

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
