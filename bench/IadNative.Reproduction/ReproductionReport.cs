using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction;

/// <summary>The whole result of the program, as its JSON has it. The README documents its stable fields.</summary>
/// <param name="Schema">Always <see cref="CurrentSchema"/>.</param>
/// <param name="Version">Version of the program with the build's commit.</param>
/// <param name="Experiment">What was reproduced, such as table2.</param>
/// <param name="Title">The same for people.</param>
/// <param name="Device">Device and instruction-set path of the command that wrote this.</param>
/// <param name="FirstSeed">The first seed; the others follow it.</param>
/// <param name="Cells">The results.</param>
/// <param name="Agreement">How near they are to the paper's.</param>
/// <param name="Ranking">Of a grid: its settings, nearest to the paper first; null otherwise.</param>
/// <param name="Figure">Of a figure: all that is drawn; null otherwise.</param>
internal sealed record ReproductionReport(
    string Schema, string Version, string Experiment, string Title, string Device, ulong FirstSeed,
    IReadOnlyList<CellSummary> Cells, Agreement Agreement, IReadOnlyList<RankedSetting>? Ranking, FigureData? Figure)
{
    /// <summary>Fields keep their names and meanings within a schema.</summary>
    public const string CurrentSchema = "iadnative.reproduce/1";

    /// <summary>What trained all that is in here, which may have been stored by other builds and machines.</summary>
    public IReadOnlyList<EngineShare> Engines => EngineShare.Sum(
    [
        .. Cells.SelectMany(cell => cell.Engines),
        .. Figure is WeightsFigure weights ? [new EngineShare(weights.Engine, 1)] : Array.Empty<EngineShare>(),
    ]);

    /// <summary>What goes into files of its own, by the name of the files: of a grid each model, otherwise the whole.</summary>
    public IEnumerable<(string Name, ReproductionReport Report)> Parts() => Ranking is { } ranking
        ? Cells.GroupBy(cell => cell.Model).Select(model => ($"{Experiment}-{model.Key}", this with
        {
            Cells = [.. model],
            Agreement = Agreement.Of([.. model]),
            Ranking = [.. ranking.Where(setting => setting.Model == model.Key)],
        }))
        : [(Experiment, this)];
}
