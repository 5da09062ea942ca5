namespace IadNative.Reproduction.Figures;

/// <summary>Figure 3: AUC over the share of anomalies, base model against IAD, one line pair per model.</summary>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Series">One per model.</param>
internal sealed record ContaminationFigure(string Dataset, IReadOnlyList<ContaminationSeries> Series) : FigureData
{
    /// <summary>Of cells that differ in model and contamination.</summary>
    public static ContaminationFigure Of(IReadOnlyList<CellSummary> cells) => new(
        cells[0].Dataset,
        [.. cells.GroupBy(cell => cell.Model).Select(model => new ContaminationSeries(model.Key,
            [.. model.OrderByDescending(cell => cell.Contamination).Select(cell =>
                new ContaminationPoint(cell.Contamination, cell.Base, cell.Iad, cell.Paper?.Base, cell.Paper?.Iad))]))]);

    /// <inheritdoc/>
    public override IReadOnlyList<CsvTable> Tables() =>
    [
        new("", ["model", "dataset", "contamination", "base_mean", "base_std", "iad_mean", "iad_std",
                "paper_base_mean", "paper_base_std", "paper_iad_mean", "paper_iad_std"],
            Series.SelectMany(series => series.Points, (series, point) => (object?[])
            [
                series.Model, Dataset, point.Contamination, point.Base?.Mean, point.Base?.Std, point.Iad?.Mean, point.Iad?.Std,
                point.PaperBase?.Mean, point.PaperBase?.Std, point.PaperIad?.Mean, point.PaperIad?.Std,
            ])),
    ];
}

/// <summary>One model of figure 3.</summary>
/// <param name="Model">Short name of the base model.</param>
/// <param name="Points">From the most to the least contaminated.</param>
internal sealed record ContaminationSeries(string Model, IReadOnlyList<ContaminationPoint> Points);

/// <summary>One contamination of a line of figure 3; lines are means, bands their standard deviations.</summary>
/// <param name="Contamination">Share of anomalies, a fraction.</param>
/// <param name="Base">The base model.</param>
/// <param name="Iad">IAD.</param>
/// <param name="PaperBase">The paper's, where it prints it.</param>
/// <param name="PaperIad">The paper's, where it prints it.</param>
internal sealed record ContaminationPoint(double Contamination, Auc? Base, Auc? Iad, Auc? PaperBase, Auc? PaperIad);
