
namespace IadNative.Reproduction;

/// <summary>Everything that the program was told.</summary>
internal sealed record ReproduceArguments
{
    /// <summary>The most seeds of --quick, on tables and on images.</summary>
    private const int QuickSeeds = 2, QuickImageSeeds = 1;

    /// <summary>What to reproduce.</summary>
    public required Experiment Experiment { get; init; }

    /// <summary>The folder of the data sets, or null.</summary>
    public required string? Data { get; init; }

    /// <summary>Names of the data sets to keep; null for all.</summary>
    public required IReadOnlyList<string>? Datasets { get; init; }

    /// <summary>Short names of the models to keep; null for all.</summary>
    public required IReadOnlyList<string>? Models { get; init; }

    /// <summary>Images: the classes that are normal in turn; null for the experiment's own.</summary>
    public required IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Seeds per cell; null for the experiment's own number.</summary>
    public required int? Seeds { get; init; }

    /// <summary>The first seed.</summary>
    public required ulong FirstSeed { get; init; }

    /// <summary>Trials at a time on the CPU; 0 for one per core.</summary>
    public required int Threads { get; init; }

    /// <summary>The device as asked for.</summary>
    public required DeviceChoice Device { get; init; }

    /// <summary>Whether only results of this very engine count.</summary>
    public required bool SameEngine { get; init; }

    /// <summary>Whether a subset is enough.</summary>
    public required bool Quick { get; init; }

    /// <summary>Where the JSON goes besides the folder, or null.</summary>
    public required string? Json { get; init; }

    /// <summary>The folder of results.</summary>
    public required string Out { get; init; }

    /// <summary>The command as it was typed.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The cells to run.</summary>
    /// <exception cref="BadInputException">None is left.</exception>
    public IReadOnlyList<Cell> Cells()
    {
        Cell[] cells = [.. Experiment.Cells.Where(cell =>
            (Datasets is null || Datasets.Contains(cell.Dataset.Name)) && (Models is null || Models.Contains(cell.Model))
            && (!Quick || Experiment.Quick(cell)))];
        if (cells.Length > 0) return cells;
        string quick = Quick ? " with --quick" : "";
        throw new BadInputException($"{Experiment.Name}{quick} has nothing of these models and data sets. It has "
            + $"{Names(cell => cell.Model)} on {Names(cell => cell.Dataset.Name)}.");
    }

    /// <summary>The trials of a cell.</summary>
    public IEnumerable<Trial> TrialsOf(Cell cell)
    {
        bool images = cell.Dataset.IsImages;
        int whole = images ? Experiment.Seeds.Images : Experiment.Seeds.Tables;
        int seeds = Seeds ?? (Quick ? Math.Min(images ? QuickImageSeeds : QuickSeeds, whole) : whole);
        IReadOnlyList<string> chosen = Classes ?? (Quick ? ["0"] : Experiment.Classes(cell.Dataset));
        string?[] classes = images ? [.. chosen] : [null];
        return classes.SelectMany(normal => Enumerable.Range(0, seeds),
            (normal, i) => new Trial(cell, normal, unchecked(FirstSeed + (ulong)i)));
    }

    private string Names(Func<Cell, string> select) =>
        string.Join(", ", Experiment.Cells.Where(cell => !Quick || Experiment.Quick(cell)).Select(select).Distinct());
}
