using IadNative.Detectors;
using IadNative.Models;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction.Tests.Drawings;

/// <summary>Records of the paper's figures, made by hand.</summary>
internal static class PaperSamples
{
    public static ContaminationFigure Contamination { get; } = new("satellite",
    [
        new("svdd",
        [
            new(0.316, new Auc(0.64, 0.05), new Auc(0.75, 0.07), new Auc(0.68, 0.06), new Auc(0.81, 0.04)),
            new(0.01, new Auc(0.8, 0.02), null, null, null),
            new(0.001, new Auc(0.86, 0.1), new Auc(0.85, 0.08), new Auc(0.86, 0.1), new Auc(0.86, 0.09)),
        ]),
        new("ae", [new(0.316, new Auc(0.66, 0.02), new Auc(0.66, 0.01), null, null)]),
    ]);

    public static TemperatureFigure Temperature { get; } = new(
    [
        new("maf", "cardio", [.. ((double[])[4, 9, 16, 25]).Select(x =>
            new TemperaturePoint(x, new Auc(0.87, 0.01), new Auc(0.88 + (x / 1000), 0.01), new Auc(0.91, 0.01)))]),
        new("maf", "thyroid", [new(4, null, null, null), new(9, new Auc(0.9, 0), new Auc(0.95, 0), new Auc(0.96, 0))]),
    ]);

    public static TerminationFigure Termination { get; } = new(
        Criteria.All,
        [Group("svdd", "cardio", 0.096, 60), Group("svdd", "mnist", 0.2, -4000), Group("svdd", "mnist", 0.1, 100)],
        Criteria.All.ToDictionary(name => name, name => 30.0), PaperTables.AverageGains);

    public static WeightsFigure Weights { get; } = new("svdd", "arrhythmia", 0, "engine", 3,
        [new(0, 1, 1, 1, 1), .. Enumerable.Range(1, 4).Select(t => new RoundWeights(t, 0.6, 0.7, 0.2, 0))],
        [.. Enumerable.Range(1, 4).Select(t => new WeightDensity(t, [0, 0.5, 1], [t, 1, 2 * t], [3 * t, 1, 0.5]))],
        View(0), View(3));

    /// <summary>A report without a figure: two cells, one of them without results.</summary>
    public static ReproductionReport Table() =>
        Report("table2", null, Cell("svdd", "cardio", usable: true), Cell("ae", "thyroid", usable: false));

    /// <summary>A report of a figure.</summary>
    public static ReproductionReport Report(string experiment, FigureData? figure, params CellSummary[] cells) => new(
        ReproductionReport.CurrentSchema, "1.2.3", experiment, $"The <{experiment}>", "CPU", 5, cells, Agreement.Of(cells),
        null, figure);

    public static CellSummary Cell(string model, string dataset, bool usable)
    {
        PaperTables.Row row = PaperTables.Table2.First(row => row.Model == model && row.Dataset == dataset);
        Settings settings = SettledSettings.Of(BaseModel.Parse(model), images: false);
        return Summary(new Cell(PaperDataset.Of(dataset), null, settings, row.Result), usable);
    }

    /// <summary>A cell of one seed, which finished three rounds or none.</summary>
    public static CellSummary Summary(Cell cell, bool usable) => CellSummary.Of(cell, [(TrialOf(cell, 5), Result(usable))]);

    /// <summary>A cell of two seeds, of which one has no result.</summary>
    public static CellSummary HalfFinished(Cell cell) =>
        CellSummary.Of(cell, [(TrialOf(cell, 5), Result(usable: true)), (TrialOf(cell, 6), Result(usable: false))]);

    private static Trial TrialOf(Cell cell, ulong seed) => new(cell, cell.Dataset.IsImages ? "0" : null, seed);

    private static TrialResult Result(bool usable) => new()
    {
        Key = "",
        Inputs = "",
        Engine = "engine",
        Untrained = usable ? 0.5 : null,
        Distance = usable ? 0.9 : null,
        Auc = usable ? [0.6, 0.7, 0.8] : [],
        SelectedBy = usable ? Criteria.All.ToDictionary(name => name, _ => 1) : [],
        Alarms = usable ? [] : ["The loss is <not> finite."],
    };

    private static TerminationGroup Group(string model, string dataset, double contamination, double gain) =>
        new(model, dataset, contamination, Criteria.All.ToDictionary(name => name, _ => gain), null);

    private static FeatureView View(int round) => new(round, 0.8,
        [.. Enumerable.Range(0, 30).Select(i => new FeaturePoint(Math.Cos(i), Math.Sin(i), i % 7 == 0, i))], 0, 0,
        [new(0.25, 0.4), new(0.5, 0.7), new(0.75, 0.9)],
        new([-1, -0.5, 0, 0.5, 1], [3, 9, 8, 2], [0, 1, 2, 5], new(-0.2, 0.4), new(0.5, 0)));
}
