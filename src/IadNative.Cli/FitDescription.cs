using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using static System.FormattableString;

namespace IadNative.Cli;

/// <summary>A fit in words: what its tables and its report say alike.</summary>
internal static class FitDescription
{
    /// <summary>The data set, its size and its anomalies.</summary>
    public static string Data(Dataset data)
    {
        string size = data.Image is { } image
            ? Invariant($"{data.Name}: {data.Rows:N0} images of {image} pixels")
            : Invariant($"{data.Name}: {data.Rows:N0} samples, {data.Columns:N0} features");
        return data.Labels is null
            ? size + ", no labels"
            : size + Invariant($", {data.Anomalies:N0} anomalies ({100.0 * data.Anomalies / data.Rows:F1}%)");
    }

    /// <summary>The base model and its network, or what a committee is made of.</summary>
    public static string Model(FitOptions options)
    {
        if (options.Families.Count > 0) return $"{options.Model.Name}: {string.Join(", ", options.Families)}";
        string text = options.Model.HasNetwork ? $"{options.Model.Name} {options.Network}" : options.Model.Name;
        if (options.Model is MaskedAutoregressiveFlow flow)
        {
            text += $", {flow.Degrees.ToShortName()} degrees, "
                + $"weights by {ScoreForm.Of(flow.WeightByDensity)}";
        }

        return options.Training.Ensemble > 1 ? text + Invariant($", {options.Training.Ensemble} networks per run") : text;
    }

    /// <summary>How rounds train.</summary>
    public static string Rounds(FitOptions options)
    {
        TrainingOptions training = options.Training;
        return options.Families.Count > 0 ? Invariant($"{training.Rounds + 1} rounds, {training.Seeds} seed(s)")
            : options.Model.SelfTraining is ProcessTraining ? Invariant($"{training.Epochs} epochs, then {training.Rounds + 1} rounds, {training.Seeds} seed(s)")
            : Invariant($"{training.Rounds + 1} rounds of {training.Epochs} epochs, {training.Seeds} seed(s)");
    }

    /// <summary>Which rounds were kept and by which rule.</summary>
    public static string Selection(FitResult result)
    {
        string rule = result.Options.Training.Termination.ToString();
        return result.Runs is [var single]
            ? Invariant($"round {single.SelectedRound} of {single.Rounds.Count - 1}, by {rule}")
            : Invariant($"rounds {string.Join(", ", result.Runs.Take(20).Select(run => run.SelectedRound))}")
                + (result.Runs.Count > 20 ? ", ..." : "") + $" (one per seed), by {rule}";
    }

    /// <summary>What lies above the threshold and, with labels, how right that is.</summary>
    public static string Quality(ThresholdQuality quality) => Invariant(
        $"{quality.Flagged:N0} flagged, precision {Percent(quality.Precision)}%, recall {Percent(quality.Recall)}%, F1 {Percent(quality.F1)}%");

    /// <summary>How a control agrees with the detector.</summary>
    public static string Agreement(ControlReport control) => Invariant($"rank correlation {control.RankCorrelation:F2}")
        + (control.SharedFlagged is { } shared ? Invariant($", {100 * shared:F0}% of the flagged samples among its highest") : "");

    /// <summary>What a control is.</summary>
    public static string Control(ControlReport control) => control.Name == "untrained" ? "untrained network" : "distance from the mean";

    /// <summary>One alarm in one line.</summary>
    public static string Alarm(Alarm alarm) => Invariant($"seed {alarm.Seed}, round {alarm.Round}: {alarm.Message}");

    /// <summary>An AUC in percent, over several seeds with its standard deviation; empty where there is none.</summary>
    public static string Percent(AucSummary? auc) => auc switch
    {
        null => "",
        { Count: 1 } => Percent(auc.Mean),
        _ => Invariant($"{100 * auc.Mean:F1} \u00b1 {100 * auc.Std:F1}"),
    };

    /// <summary>The loss of a round; empty where nothing trained in it.</summary>
    public static string Loss(double loss) => double.IsNaN(loss) ? "" : Invariant($"{loss:G4}");

    /// <summary>A fraction in percent; empty where there is none.</summary>
    public static string Percent(double? fraction) => Invariant($"{100 * fraction:F1}");
}
