using System.CommandLine;
using System.Globalization;
using IadNative.Data;
using IadNative.Detectors.Options;
using IadNative.Fleet;

namespace IadNative.Cli.Fleet;

/// <summary>What a fleet is planned from: sources and how they are read and parted, options of the fit, seeds.</summary>
internal sealed class FleetSyntax
{
    private readonly Argument<string[]> _sources = new("SOURCES")
    {
        Description = "Files to learn from, or patterns of them, such as 'data/*.parquet' or 'data/**/*.csv'; without them the plan that is there.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _by = CommandOptions.Text("--by", "COL",
        "The column that parts the rows: a detector for each of its values, whatever files these rows are in. Without it, one for each file.");

    private readonly Option<string?> _temporaryFolder = CommandOptions.Text("--temp", "DIR",
        "Where temporary files of --by lie, of 4 bytes for each cell, and up to 16 more for cells that float32 is too coarse for; unless given what TMPDIR "
        + "names, or /var/tmp, or the system's folder.");

    private readonly Option<string?> _label = DataInput.LabelOption("Column with labels. They are left out of training and only reported on.");

    private readonly Option<string> _missing = DataInput.MissingOption();

    private readonly ReadingSyntax _reading = new();

    private readonly (FitOption Option, Option Symbol)[] _fit =
    [
        .. FitOptionTable.All.Where(option => option.IsOfCommandLine && OptionGrid.Names.Contains(option.Name))
            .Select(option => (option, CommandOptions.OfTable(option))),
    ];

    private readonly Option<string[]> _grid = new("--grid")
    {
        HelpName = "OPTIONS",
        Description = "Options with several values, such as 'model=svdd,ae;epochs=10,20': every combination is fitted. May be repeated.",
    };

    private readonly Option<string?> _seed = CommandOptions.Text("--seed", "S", "The first seed. [default: 0]");

    private readonly Option<int> _seeds = CommandOptions.Number("--seeds", "N", "Fits of each part and option set, with the seeds S, S+1, ...", 1);

    /// <summary>Adds all arguments and options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_sources);
        foreach (Option option in Planning) command.Add(option);
    }

    /// <summary>The first of the sources; null where there are none.</summary>
    public string? FirstSource(ParseResult parsed) => parsed.GetValue(_sources)?.FirstOrDefault();

    /// <summary>The option that says in which folder the fleet is.</summary>
    public static Option<string> FolderOption() => new("--out") { HelpName = "FLEET", Description = "The folder of the fleet; machines may share it." };

    /// <summary>Reads sources, and stores their parts and the plan.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="place">Where the fleet is to be.</param>
    /// <param name="terminal">Is told what was found.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The plan; null where no sources are given.</returns>
    /// <exception cref="BadInputException">A value is out of its range, a source cannot be used, or there is another plan.</exception>
    /// <exception cref="DataFormatException">A source cannot be understood.</exception>
    public FleetPlan? Plan(ParseResult parsed, FleetPlace place, Terminal terminal, CancellationToken cancellationToken)
    {
        string[] sources = parsed.GetValue(_sources) ?? [];
        if (sources.Length == 0)
        {
            Option? given = Planning.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
            return given is null ? null : throw new BadInputException($"{given.Name} is for a new plan: give SOURCES too, or leave it away.");
        }

        DatasetReadOptions reading = _reading.Bind(parsed);
        OptionGrid options = Options(parsed);
        ulong[] seeds = Seeds(parsed);
        var input = new DataInput("", parsed.GetValue(_label), parsed.GetRequiredValue(_missing)) { Reading = reading };
        string? by = parsed.GetValue(_by);
        string? temporaryFolder = parsed.GetValue(_temporaryFolder);
        if (by is null && temporaryFolder is not null)
            throw new BadInputException($"{_temporaryFolder.Name} is for {_by.Name}: use it with {_by.Name}, or leave it away.");
        IReadOnlyList<string> files = SourceFiles.Find(sources);
        using TemporaryFolder folder = TemporaryPlace.Open(temporaryFolder);
        IEnumerable<(string Name, Dataset Data)> parts = new Partitioning(input, by).Read(files, folder, terminal.Note, cancellationToken);
        FleetPlan plan = by is null
            // A file is read once: its part is stored before the next is known.
            ? new FleetPlan(Store(parts, place, cancellationToken), options, seeds)
            : new FleetPlan([.. parts.Select(part => PartitionFile.Describe(part.Name, part.Data))], options, seeds);
        // A plan that is there is this one, or nothing more is stored.
        if (place is FolderPlace { Folder.HasPlan: true }) place.Keep(plan);
        if (by is not null) Store(parts, place, cancellationToken);
        place.Keep(plan);
        terminal.Say(PlanText.Of(plan, files.Count));
        return plan;
    }

    private static List<Partition> Store(IEnumerable<(string Name, Dataset Data)> parts, FleetPlace place, CancellationToken cancellationToken)
    {
        var stored = new List<Partition>();
        try
        {
            foreach ((string name, Dataset data) in parts)
            {
                Partition partition = PartitionFile.Describe(name, data);
                FleetPlace.Wait(place.Partitions.TryAddAsync(partition.Hash, PartitionFile.Write(data), cancellationToken));
                stored.Add(partition);
            }
        }
        catch (OperationCanceledException exception) when (stored.Count > 0)
        {
            throw new PartlyDoneException("cancelled; parts stored so far are kept; plan again to go on.", exception);
        }

        return stored;
    }

    private IEnumerable<Option> Planning => [_by, _temporaryFolder, _label, _missing, .. _reading.OfParts, .. _fit.Select(pair => pair.Symbol), _grid, _seed, _seeds];

    private OptionGrid Options(ParseResult parsed)
    {
        var values = new List<KeyValuePair<string, IReadOnlyList<string>>>();
        foreach ((FitOption option, Option symbol) in _fit)
        {
            if (parsed.GetResult(symbol) is { Implicit: false })
                values.Add(KeyValuePair.Create<string, IReadOnlyList<string>>(option.Name, [CommandOptions.TextOf(option, symbol, parsed)]));
        }

        string imputation = parsed.GetRequiredValue(_missing);
        if (imputation is "mean" or "median")
            values.Add(KeyValuePair.Create<string, IReadOnlyList<string>>("imputation", [imputation]));
        try
        {
            foreach (string grid in parsed.GetValue(_grid) ?? []) values.AddRange(OptionGrid.Read(grid));
            return new OptionGrid(values);
        }
        catch (ArgumentException exception)
        {
            throw new BadInputException(ErrorReporting.MessageOf(exception));
        }
    }

    private ulong[] Seeds(ParseResult parsed)
    {
        const int most = 1_000_000;
        int count = parsed.GetValue(_seeds);
        if (count is < 1 or > most) throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"--seeds is {count}; allowed is 1 to {most}."));
        ulong first = 0;
        if (parsed.GetValue(_seed) is { } text && !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out first))
            throw new BadInputException($"--seed: '{text}' is no whole number of 64 bits.");
        if (first > ulong.MaxValue - (ulong)count) throw new BadInputException("--seed is too large for so many seeds.");
        return [.. Enumerable.Range(0, count).Select(i => first + (ulong)i)];
    }
}
