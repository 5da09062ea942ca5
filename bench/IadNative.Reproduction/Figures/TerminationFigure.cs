namespace IadNative.Reproduction.Figures;

/// <summary>
/// Figure 4: the performance gain ratio of each termination criterion, 100 (AUC − Base) / (Best − Base) of the mean AUCs: 0 is
/// the base model, 100 the best round.
/// </summary>
/// <param name="Criteria">Names of the criteria, rank-flip first.</param>
/// <param name="Groups">One per model and data set.</param>
/// <param name="Average">Per criterion the mean over the groups.</param>
/// <param name="PaperAverage">Per criterion what the paper states.</param>
internal sealed record TerminationFigure(
    IReadOnlyList<string> Criteria, IReadOnlyList<TerminationGroup> Groups, IReadOnlyDictionary<string, double> Average,
    IReadOnlyDictionary<string, double> PaperAverage) : FigureData
{
    /// <summary>Of cells that differ in model, data set and contamination.</summary>
    public static TerminationFigure Of(IReadOnlyList<CellSummary> cells)
    {
        IReadOnlyList<string> criteria = Reproduction.Criteria.All;
        TerminationGroup[] groups = [.. cells.Where(cell => cell.IadBest?.Mean > cell.Base?.Mean)
            .Select(cell => new TerminationGroup(cell.Model, cell.Dataset, cell.Contamination,
            criteria.ToDictionary(name => name, name => Gain(cell.ByCriterion[name], cell.Base!, cell.IadBest!)),
            cell.Paper is { Base: { } bottom, IadBest: { } best } paper ? Gain(paper.Iad, bottom, best) : null))];
        return new TerminationFigure(criteria, groups,
            groups.Length == 0
                ? new Dictionary<string, double>()
                : criteria.ToDictionary(name => name, name => groups.Average(group => group.Gains[name])),
            PaperTables.AverageGains);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<CsvTable> Tables() =>
    [
        new("", ["model", "dataset", "contamination", "criterion", "gain_percent", "paper_gain_percent"],
            Groups.SelectMany(_ => Criteria, (group, name) => (object?[])
            [
                group.Model, group.Dataset, group.Contamination, name, group.Gains[name],
                name == Reproduction.Criteria.RankFlip ? group.PaperRankFlip : null,
            ])),
        new("-average", ["criterion", "gain_percent", "paper_gain_percent"],
            Average.Select(pair => (object?[])[pair.Key, pair.Value, PaperAverage[pair.Key]])),
    ];

    private static double Gain(Auc auc, Auc bottom, Auc best) => 100 * (auc.Mean - bottom.Mean) / (best.Mean - bottom.Mean);
}

/// <summary>The marks of one model on one data set; left out where no round beats the base model.</summary>
/// <param name="Model">Short name of the base model.</param>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Contamination">Share of anomalies, a fraction.</param>
/// <param name="Gains">Per criterion the gain in percent; negative where it is worse than the base model.</param>
/// <param name="PaperRankFlip">The gain of rank flips by the paper's tables.</param>
internal sealed record TerminationGroup(
    string Model, string Dataset, double Contamination, IReadOnlyDictionary<string, double> Gains, double? PaperRankFlip);
