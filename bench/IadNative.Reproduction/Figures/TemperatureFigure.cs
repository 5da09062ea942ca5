namespace IadNative.Reproduction.Figures;

/// <summary>Figure 6: AUC over 1/τ, one panel per model and data set.</summary>
/// <param name="Panels">The panels.</param>
internal sealed record TemperatureFigure(IReadOnlyList<TemperaturePanel> Panels) : FigureData
{
    /// <summary>Of cells that differ in model, data set and 1/τ.</summary>
    public static TemperatureFigure Of(IReadOnlyList<CellSummary> cells) => new(
        [.. cells.GroupBy(cell => (cell.Model, cell.Dataset)).Select(panel => new TemperaturePanel(
            panel.Key.Model, panel.Key.Dataset,
            [.. panel.OrderBy(cell => cell.InverseTau).Select(cell =>
                new TemperaturePoint(cell.InverseTau, cell.Base, cell.Iad, cell.IadBest))]))]);

    /// <inheritdoc/>
    public override IReadOnlyList<CsvTable> Tables() =>
    [
        new("", ["model", "dataset", "inverse_tau", "base_mean", "base_std", "iad_mean", "iad_std", "iad_best_mean",
                "iad_best_std"],
            Panels.SelectMany(panel => panel.Points, (panel, point) => (object?[])
            [
                panel.Model, panel.Dataset, point.InverseTau, point.Base?.Mean, point.Base?.Std, point.Iad?.Mean, point.Iad?.Std,
                point.IadBest?.Mean, point.IadBest?.Std,
            ])),
    ];
}

/// <summary>One panel of figure 6.</summary>
/// <param name="Model">Short name of the base model.</param>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Points">By rising 1/τ.</param>
internal sealed record TemperaturePanel(string Model, string Dataset, IReadOnlyList<TemperaturePoint> Points);

/// <summary>One 1/τ of a panel; bands are the standard deviation of IAD.</summary>
/// <param name="InverseTau">1/τ.</param>
/// <param name="Base">The base model, which does not depend on it.</param>
/// <param name="Iad">IAD.</param>
/// <param name="IadBest">The best round.</param>
internal sealed record TemperaturePoint(double InverseTau, Auc? Base, Auc? Iad, Auc? IadBest);
