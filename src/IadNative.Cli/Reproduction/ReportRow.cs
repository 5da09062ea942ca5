using System.Globalization;

namespace IadNative.Cli.Reproduction;

/// <summary>One number of ours beside the paper's, as text.</summary>
/// <param name="Cells">Model, data set, anomalies, which number, ours, the paper's, difference, the untrained network's.</param>
internal sealed record ReportRow(IReadOnlyList<string> Cells)
{
    /// <summary>The rows of a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="ensembles">Whether ensembles are to be told apart from single networks.</param>
    /// <param name="temperatures">Whether cells differ in 1/τ.</param>
    public static IEnumerable<ReportRow> Of(CellSummary cell, bool ensembles, bool temperatures)
    {
        string model = cell.Ensemble > 1 ? Format($"{cell.Model} x {cell.Ensemble}") : cell.Model;
        if (!ensembles) model = cell.Model;
        if (temperatures) model += Format($" 1/τ {cell.InverseTau}");
        yield return Row("Base", cell.Base, cell.Paper?.Base);
        yield return Row("IAD", cell.Iad, cell.Paper?.Iad);
        yield return Row("IAD-Best*", cell.IadBest, cell.Paper?.IadBest);

        ReportRow Row(string name, Auc? ours, Auc? paper) => new(
        [
            model, cell.Dataset, Format($"{100 * cell.Contamination:0.#}%"), name, Percent(ours), Percent(paper),
            Difference(ours, paper), Percent(cell.Untrained),
        ]);
    }

    /// <summary>Mean and standard deviation in percent; nothing when absent.</summary>
    public static string Percent(Auc? auc) => auc is null ? "" : Format($"{100 * auc.Mean:F1} ± {100 * auc.Std:F1}");

    private static string Difference(Auc? ours, Auc? paper)
    {
        if (ours is null || paper is null) return "";
        string far = Agreement.IsWithin(ours, paper) ? "" : " !";
        return Format($"{100 * (ours.Mean - paper.Mean):+0.0;-0.0;0.0}") + far;
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
