namespace IadNative.Iad;

/// <summary>Notices results that are clearly worse than a control that learned nothing.</summary>
internal static class ControlAlarm
{
    // Of the difference of mean AUCs: as a fraction, and in standard errors over the runs.
    private const double LeastDifference = 0.02, LeastErrors = 2;

    /// <summary>
    /// Whether the control is better: the mean difference of the AUCs is above 0.02 and above twice its standard error over the runs
    /// (its sample standard deviation divided by √N), which is 0 for one run.
    /// </summary>
    /// <param name="differences">The control's AUC less the result's, one a run.</param>
    public static bool IsBetter(double[] differences)
    {
        if (differences.Length == 0) return false;
        double mean = differences.Average();
        double error = differences.Length == 1
            ? 0
            : Math.Sqrt(differences.Sum(value => (value - mean) * (value - mean)) / (differences.Length - 1) / differences.Length);
        return mean > LeastDifference && mean > LeastErrors * error;
    }

    /// <summary>The alarm where untrained networks are better; null where they are not, or nothing is known.</summary>
    /// <param name="runs">The runs.</param>
    public static Alarm? ForUntrained(IReadOnlyList<RunReport> runs) =>
        For(runs, run => run.UntrainedAuc, "The untrained network", "Training leads away from the anomalies here");

    /// <summary>The alarm where the distance from the mean is better; null where it is not, or nothing is known.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="auc">The distance's AUC; null without labels.</param>
    public static Alarm? ForDistance(IReadOnlyList<RunReport> runs, double? auc) =>
        For(runs, _ => auc, "The squared distance from the mean of the features", "It takes no training to find these anomalies");

    private static Alarm? For(IReadOnlyList<RunReport> runs, Func<RunReport, double?> control, string name, string remark)
    {
        (RunReport Run, double Control, double Result)[] known =
        [
            .. runs.Where(run => run.IadAuc is { } && control(run) is { }).Select(run => (run, control(run)!.Value, run.IadAuc!.Value)),
        ];
        if (!IsBetter([.. known.Select(pair => pair.Control - pair.Result)])) return null;
        return new Alarm(AlarmKind.ControlBetter, known[0].Run.Seed, known[0].Run.SelectedRound, null, FormattableString.Invariant(
            $"{name} has an AUC of {100 * known.Average(pair => pair.Control):F1}%, the result {100 * known.Average(pair => pair.Result):F1}%. {remark}: try another model, network or scale."));
    }
}
