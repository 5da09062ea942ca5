using IadNative.Detectors;
using IadNative.Models;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction;

/// <summary>What can be reproduced.</summary>
internal static class Experiments
{
    private const string Satellite = "satellite";
    private const string QuickImages = "mnist";
    private const double QuickContamination = 0.2;
    private const int EnsembleMembers = 5;

    /// <summary>The authors', twice those for MNIST.</summary>
    private const int FashionEpochsOfDagpr = 400;

    /// <summary>Competitors that a round of IAD can train: their losses are sums over samples.</summary>
    private static readonly BaseModel[] s_iadAround =
        [BaseModel.OneFlow, BaseModel.DiscriminativeAutoencoder, BaseModel.RobustSubspaceAutoencoder];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Experiment> All { get; } =
    [
        new("table2", "Table II: the ODDS sets as they are", Rows(PaperTables.Table2)),
        new("table3", "Table III: images, one class normal, at 20%, 10% and 5% anomalies", Rows(PaperTables.Table3))
        {
            Quick = cell => cell.Dataset.Name == QuickImages && cell.Contamination == QuickContamination,
        },
        new("table4", "Table IV: 0.1% anomalies", Rows(PaperTables.Table4)),
        new("table5", "Table V: ensembles of five autoencoders",
        [
            .. Rows([.. PaperTables.Table2.Concat(PaperTables.Table3)
                .Where(row => row.Model == "ae" && (row.Contamination is null or PaperTables.ImageContamination))
                .Select(row => row with { Result = row.Result with { IadBest = null } })]),
            .. Rows(PaperTables.Table5Ensembles, settings =>
                settings with { Training = settings.Training with { Ensemble = EnsembleMembers } }),
        ]),
        new("table6", "Table VI: competing methods",
        [
            .. PaperTables.Table6Competitors.Select(Competitor),
            .. Rows(PaperTables.Table6Iad),
            .. s_iadAround.SelectMany(model => PaperDataset.All.Where(dataset => !dataset.IsImages), IadAround),
        ])
        {
            Quick = cell => cell is { Method: not null, Dataset.Name: "arrhythmia" or "cardio" },
        },
        new("figure3", "Figure 3: AUC over the share of anomalies on Satellite",
        [
            .. ModelsOf(PaperTables.Table2).SelectMany(model => (Cell[])
            [
                Of(PaperTables.Table2.First(row => row.Model == model && row.Dataset == Satellite)),
                Plain(model, Satellite, 0.158),
                Plain(model, Satellite, 0.01),
                Of(PaperTables.Table4.First(row => row.Model == model && row.Dataset == Satellite)),
            ]),
        ])
        {
            Figure = ContaminationFigure.Of,
        },
        new("figure4", "Figure 4: performance gain ratio of termination criteria", Rows(PaperTables.Table2))
        {
            Figure = TerminationFigure.Of,
        },
        new("figure5", "Figure 5: importance weights and features of Deep SVDD on Arrhythmia",
            [Of(PaperTables.Table2.First(row => row is { Model: "svdd", Dataset: "arrhythmia" }))])
        {
            Seeds = (1, 1),
            LooksAtRounds = true,
        },
        new("figure6", "Figure 6: AUC over the temperature 1/τ",
        [
            .. PaperTables.Table2.SelectMany(row => ((double[])[4, 9, 16, 25]).Select(inverseTau =>
            {
                Cell cell = Of(row, settings => settings with { Training = settings.Training with { InverseTau = inverseTau } });
                return inverseTau == 4 ? cell : cell with { Paper = null };
            })),
        ])
        {
            Quick = cell => cell.Dataset.Name is "arrhythmia" or "cardio",
            Figure = TemperatureFigure.Of,
        },
        new("gaussian", "Not of the paper: a Gaussian with full covariance on the ODDS sets",
            [.. PaperTables.Table2.Select(row => row.Dataset).Distinct().Select(dataset => Plain(BaseModel.Gaussian.Name, dataset, null))])
        {
            Seeds = (1, 1), // it draws no random numbers
        },
        new("grid", "The search for settings: Table II with each setting of bench/REPRODUCTION.md",
            [.. SettingGrids.All.SelectMany(settings => PaperTables.Table2
                .Where(row => row.Model == settings.Model.Name).Select(row => Of(row, _ => settings)))])
        {
            Seeds = (5, 5),
            Quick = cell => cell.Dataset.Name == "cardio",
            IsGrid = true,
        },
        new("grid-images", "The search for settings of images: Table III at 20% with each setting of bench/REPRODUCTION.md",
            [.. ImageGrids.All.SelectMany(settings => PaperTables.Table3
                .Where(row => row.Model == settings.Model.Name && row.Contamination == PaperTables.ImageContamination
                    && (row.Dataset == "mnist" || ImageGrids.Nearest.Contains(settings)))
                .Select(row => Of(row, _ => settings)))])
        {
            Seeds = (1, 1),
            Classes = ImageGrids.ClassesOf,
            Quick = cell => cell.Settings.Training.Epochs == 1,
            IsGrid = true,
        },
    ];

    private static IEnumerable<string> ModelsOf(IEnumerable<PaperTables.Row> rows) => rows.Select(row => row.Model).Distinct();

    private static Cell[] Rows(IReadOnlyList<PaperTables.Row> rows, Func<Settings, Settings>? change = null) =>
        [.. rows.Select(row => Of(row, change))];

    private static Cell Of(PaperTables.Row row, Func<Settings, Settings>? change = null)
    {
        Cell plain = Plain(row.Model, row.Dataset, row.Contamination);
        return plain with { Settings = change is null ? plain.Settings : change(plain.Settings), Paper = row.Result, Method = row.Method };
    }

    /// <summary>A method of Table VI by itself: no rounds of IAD around it, and the share of anomalies known where it asks for one.</summary>
    private static Cell Competitor(PaperTables.Row row)
    {
        Cell cell = Of(row);
        BaseModel model = cell.Settings.Model;
        return cell with
        {
            Settings = cell.Settings with
            {
                Model = Knowing(model, cell.Share),
                Training = cell.Settings.Training with
                {
                    Rounds = model.DefaultRounds ?? 0,
                    Epochs = row is { Model: "dagpr", Dataset: "fashion-mnist" } ? FashionEpochsOfDagpr : cell.Settings.Training.Epochs,
                },
            },
            Reference = ReferenceNumbers.Of(row.Model, cell.Dataset),
        };
    }

    /// <summary>A competitor in the place of a base model, with as many rounds.</summary>
    private static Cell IadAround(BaseModel model, PaperDataset dataset)
    {
        Cell cell = Plain(model.Name, dataset.Name, null);
        return cell with
        {
            Settings = cell.Settings with
            {
                Model = Knowing(model, cell.Share),
                Training = cell.Settings.Training with { Rounds = new TrainingOptions().Rounds },
            },
        };
    }

    private static BaseModel Knowing(BaseModel model, double share) => model switch
    {
        SoftBoundarySvdd svdd => svdd with { Nu = share },
        OneFlow flow => flow with { Alpha = share },
        _ => model,
    };

    private static Cell Plain(string model, string name, double? contamination)
    {
        PaperDataset dataset = PaperDataset.Of(name);
        return new Cell(dataset, contamination, SettledSettings.Of(BaseModel.Parse(model), dataset.IsImages), null);
    }
}
