using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction;

/// <summary>A table or figure of the paper: the cells it needs and what is made of them.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Cells">Its cells, in the paper's order.</param>
internal sealed record Experiment(string Name, string Title, IReadOnlyList<Cell> Cells)
{
    /// <summary>How many seeds the paper takes, on tables and on images.</summary>
    public (int Tables, int Images) Seeds { get; init; } = (10, 5);

    /// <summary>The classes of a set of images that are normal in turn.</summary>
    public Func<PaperDataset, IReadOnlyList<string>> Classes { get; init; } = _ => PaperDataset.Classes;

    /// <summary>Which cells --quick keeps.</summary>
    public Func<Cell, bool> Quick { get; init; } = cell => !cell.Dataset.IsImages;

    /// <summary>Makes the figure of the results; null where there is none or where it <see cref="LooksAtRounds"/>.</summary>
    public Func<IReadOnlyList<CellSummary>, FigureData>? Figure { get; init; }

    /// <summary>Whether the figure is of single rounds of the first trial; see <see cref="WeightsExperiment"/>.</summary>
    public bool LooksAtRounds { get; init; }

    /// <summary>Whether the cells are settings to choose from.</summary>
    public bool IsGrid { get; init; }
}
