namespace IadNative.Bench.Detection;

/// <summary>What detectors reach on sets, each AUC the mean over a detector's seeds.</summary>
internal sealed class DetectionTable
{
    /// <summary>What a fit counts that failed: as much as chance gives.</summary>
    public const double Chance = 50;

    private readonly Dictionary<(string Set, string Detector), double> _auc;

    /// <param name="rows">Fits of all detectors.</param>
    /// <param name="detectors">The detectors to compare, in their order.</param>
    public DetectionTable(IEnumerable<DetectionRow> rows, IReadOnlyList<string> detectors)
    {
        Detectors = detectors;
        _auc = rows.Where(row => detectors.Contains(row.Detector)).GroupBy(row => (row.Set, row.Detector))
            .ToDictionary(fits => fits.Key, fits => fits.Average(fit => fit.Auc ?? Chance));
        string[] sets = [.. _auc.Keys.Select(key => key.Set).Distinct()];
        Sets = [.. sets.Where(set => detectors.All(detector => this[set, detector] is not null)).Order(StringComparer.OrdinalIgnoreCase)];
        Incomplete = [.. sets.Except(Sets).Order(StringComparer.OrdinalIgnoreCase)];
    }

    private DetectionTable(DetectionTable whole, IReadOnlyList<string> detectors) =>
        (_auc, Detectors, Sets, Incomplete) = (whole._auc, detectors, whole.Sets, whole.Incomplete);

    /// <summary>The detectors, in the order of the columns.</summary>
    public IReadOnlyList<string> Detectors { get; }

    /// <summary>The sets that every detector was fitted on, by name. Means and ranks are over these.</summary>
    public IReadOnlyList<string> Sets { get; }

    /// <summary>The sets that some detector lacks.</summary>
    public IReadOnlyList<string> Incomplete { get; }

    /// <summary>Mean AUC in percent over seeds; null where there is no fit.</summary>
    public double? this[string set, string detector] => _auc.TryGetValue((set, detector), out double auc) ? auc : null;

    /// <summary>Some of the detectors, on the same sets.</summary>
    public DetectionTable Among(IReadOnlyList<string> detectors) => new(this, detectors);

    /// <summary>Mean AUC in percent over some of <see cref="Sets"/>; NaN over none.</summary>
    public double Mean(string detector, Func<string, bool> isMeant) =>
        Sets.Where(isMeant).Select(set => this[set, detector]!.Value).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Mean over <see cref="Sets"/> of the rank among all detectors, 1 for the best.</summary>
    public double MeanRank(string detector)
    {
        int column = Detectors.ToList().IndexOf(detector);
        return Sets.Select(set => Ranks([.. Detectors.Select(each => this[set, each]!.Value)])[column]).DefaultIfEmpty(double.NaN).Average();
    }

    /// <summary>Sets where one detector's AUC is more than a margin above another's, largest difference first.</summary>
    public IReadOnlyList<(string Set, double By)> Above(string detector, string other, double margin) =>
    [
        .. Sets.Select(set => (Set: set, By: this[set, detector]!.Value - this[set, other]!.Value))
            .Where(pair => pair.By > margin).OrderByDescending(pair => pair.By),
    ];

    /// <summary>Ranks of values, 1 for the largest; equal values share the mean of the ranks that they take up.</summary>
    public static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other > value) + ((values.Count(other => other == value) + 1) / 2.0))];
}
