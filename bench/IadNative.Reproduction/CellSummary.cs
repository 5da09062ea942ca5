using System.Text.Json.Serialization;
using IadNative.Messages;
using IadNative.Metrics;

namespace IadNative.Reproduction;

/// <summary>
/// A cell over its seeds: mean and population standard deviation; on images those of each class, averaged over the classes.
/// </summary>
internal sealed record CellSummary
{
    private CellSummary(Cell cell) => Cell = cell;

    /// <summary>The cell.</summary>
    [JsonIgnore]
    public Cell Cell { get; }

    /// <summary>Short name of the base model.</summary>
    public string Model => Cell.Model;

    /// <summary>Table VI: what the paper calls the method; null elsewhere.</summary>
    public string? Method => Cell.Method;

    /// <summary>Name of the data set.</summary>
    public string Dataset => Cell.Dataset.Name;

    /// <summary>Share of anomalies.</summary>
    public double Contamination => Cell.Share;

    /// <summary>Networks per run whose scores are averaged.</summary>
    public int Ensemble => Cell.Settings.Training.Ensemble;

    /// <summary>1/τ.</summary>
    public double InverseTau => Cell.Settings.Training.InverseTau;

    /// <summary>The options of <c>iad fit</c> that the cell was trained with.</summary>
    public string Settings => Cell.Settings.CommandLine(Cell.Dataset);

    /// <summary>Images: the classes that were normal in turn; null for tables.</summary>
    public required IReadOnlyList<string>? Classes { get; init; }

    /// <summary>How many seeds, on images of each class.</summary>
    public required int Seeds { get; init; }

    /// <summary>Seeds of which every training finished a round, on images that of every class.</summary>
    public required int Finished { get; init; }

    /// <summary>Images: classes of which no training finished a round, so that the averages are without them.</summary>
    public required IReadOnlyList<string>? FailedClasses { get; init; }

    /// <summary>The networks before their first step; of SDOR the autoencoder that gives the first labels.</summary>
    public required Auc? Untrained { get; init; }

    /// <summary>The squared distance of the features from their mean; null where no trial says it.</summary>
    public required Auc? Distance { get; init; }

    /// <summary>Round 0.</summary>
    public required Auc? Base { get; init; }

    /// <summary>The round that the setting's own rule selects: rank flips in all of the paper's tables.</summary>
    public required Auc? Iad { get; init; }

    /// <summary>The best round of each run, chosen with labels.</summary>
    public required Auc? IadBest { get; init; }

    /// <summary>Each round, over the trials that finished it.</summary>
    public required IReadOnlyList<Auc> Rounds { get; init; }

    /// <summary>The rounds that each termination criterion selects, rank flips among them.</summary>
    public required IReadOnlyDictionary<string, Auc> ByCriterion { get; init; }

    /// <summary>What the paper states; null where it prints no numbers.</summary>
    public PaperResult? Paper => Cell.Paper;

    /// <summary>The same by another implementation; null where there is none.</summary>
    public Auc? Reference => Cell.Reference;

    /// <summary>Trials that stopped early, since a loss or score was not finite; they count with what they finished.</summary>
    public required int Stopped { get; init; }

    /// <summary>What trained the trials.</summary>
    [JsonIgnore]
    public IReadOnlyList<EngineShare> Engines { get; private init; } = [];

    /// <summary>What must be known of single trials, such as where they stopped.</summary>
    public required IReadOnlyList<string> Alarms { get; init; }

    /// <summary>Sums up the results of a cell's trials.</summary>
    public static CellSummary Of(Cell cell, IReadOnlyList<(Trial Trial, TrialResult Result)> trials)
    {
        TrialResult[][] classes = [.. trials.GroupBy(trial => trial.Trial.NormalClass)
            .Select(group => group.Select(trial => trial.Result).Where(result => result.HasRounds).ToArray())];
        return new CellSummary(cell)
        {
            Classes = cell.Dataset.IsImages ? [.. trials.Select(trial => trial.Trial.NormalClass!).Distinct()] : null,
            Seeds = trials.Select(trial => trial.Trial.Seed).Distinct().Count(),
            Finished = trials.GroupBy(trial => trial.Trial.Seed).Count(seed => seed.All(trial => trial.Result.HasRounds)),
            FailedClasses = cell.Dataset.IsImages
                ? [.. trials.GroupBy(trial => trial.Trial.NormalClass!)
                    .Where(group => !group.Any(trial => trial.Result.HasRounds)).Select(group => group.Key)]
                : null,
            Untrained = Average(classes, result => result.Untrained),
            Distance = Average(classes, result => result.Distance),
            Base = Average(classes, result => result.Base),
            Iad = Average(classes, result => result.By(cell.Settings.Training.Termination.ToString())),
            IadBest = Average(classes, result => result.Best),
            Rounds = [.. Enumerable.Range(0, trials.Max(trial => trial.Result.Auc.Count))
                .Select(round => Average(classes, result => round < result.Auc.Count ? result.Auc[round] : null)!)],
            ByCriterion = classes.All(results => results.Length == 0)
                ? new Dictionary<string, Auc>()
                : Criteria.All.ToDictionary(name => name, name => Average(classes, result => result.By(name))!),
            Stopped = trials.Count(trial => trial.Result.Auc.Count <= cell.Settings.Training.Rounds),
            Engines = EngineShare.Of(trials.Select(trial => trial.Result.Engine)),
            Alarms = [.. trials.SelectMany(trial => trial.Result.Alarms).Select(alarm => ForeignText.Shorten(alarm, ForeignText.LongestReason))],
        };
    }

    /// <summary>The mean over classes of what the trials of each give; null where none gives anything.</summary>
    private static Auc? Average(TrialResult[][] classes, Func<TrialResult, double?> select)
    {
        double[][] values = [.. classes.Select(results => results.Select(select).OfType<double>().ToArray())
            .Where(each => each.Length > 0)];
        if (values.Length == 0) return null;
        MeanStd[] summaries = Array.ConvertAll(values, each => MeanStd.Of(each));
        return new Auc(summaries.Average(summary => summary.Mean), summaries.Average(summary => summary.Std));
    }
}
