using IadNative.Cli.Plots;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction.Drawings;

/// <summary>The picture of a table or figure of the paper.</summary>
internal static class PaperFigures
{
    /// <summary>Draws what an experiment gave; null where there is nothing to draw.</summary>
    public static FigureSheet? Draw(ReproductionReport report)
    {
        FigureSheet? sheet = DrawAny(report);
        return sheet is { Panels.Count: > 0 } ? sheet : null;
    }

    private static FigureSheet? DrawAny(ReproductionReport report) => report.Figure switch
    {
        ContaminationFigure figure => ContaminationPlot.Draw(report.Experiment, figure),
        TerminationFigure figure => TerminationPlot.Draw(report.Experiment, figure),
        WeightsFigure figure => ImportancePlot.Draw(report.Experiment, figure),
        TemperatureFigure figure => TemperaturePlot.Draw(report.Experiment, figure),
        _ => report.Ranking is null ? AgreementPlot.Draw(report.Experiment, report.Cells) : null,
    };
}
