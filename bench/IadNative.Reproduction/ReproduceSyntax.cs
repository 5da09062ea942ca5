using System.CommandLine;

namespace IadNative.Reproduction;

/// <summary>Arguments and options of the program.</summary>
internal sealed class ReproduceSyntax
{
    private const string DefaultFolder = "reproduction";
    private const string AnyEngine = "any", SameEngine = "same";
    private const int MostSeeds = 10_000;

    private readonly Argument<string> _experiment = new("WHAT")
    {
        Description = $"What to reproduce: {string.Join(", ", Experiments.All.Select(experiment => experiment.Name))}.",
    };

    private readonly Option<string?> _data = CommandOptions.Text("--data", "DIR",
        "Folder of the data sets: odds/satellite.mat and so on, mnist, fashion-mnist. [default: the environment variable "
        + "IAD_DATA]");

    private readonly Option<string[]?> _datasets = List("--datasets", "NAMES",
        $"Only these data sets: {string.Join(", ", PaperDataset.All.Select(dataset => dataset.Name))}.",
        [.. PaperDataset.All.Select(dataset => dataset.Name)]);

    private static readonly string[] s_models =
        [.. Experiments.All.SelectMany(experiment => experiment.Cells).Select(cell => cell.Model).Distinct()];

    private readonly Option<string[]?> _models =
        List("--models", "NAMES", $"Only these models: {string.Join(", ", s_models)}.", s_models);

    private readonly Option<string[]?> _classes = List("--classes", "CLASSES",
        "Images: only these classes as the normal one, such as 0,1,2. [default: all ten; of grid-images 0, 2, 4 of mnist and 6, 7 of fashion-mnist]", PaperDataset.Classes);

    private readonly Option<int?> _seeds = CommandOptions.OptionalNumber<int>("--seeds", "N",
        "Seeds per result. [default: as in the paper, 10, or 5 for images; 5 for grid, 1 for grid-images, figure5 and gaussian; with "
        + "--quick at most 2, or 1 for images]");

    private readonly Option<ulong> _firstSeed = CommandOptions.Number<ulong>("--first-seed", "S", "The first seed.", 0);

    private readonly Option<int> _threads = CommandOptions.Number("--threads", "N",
        "Trainings at a time on the CPU; 0 is one per core. Results do not depend on it.", 0);

    private readonly Option<DeviceChoice> _device = CommandOptions.Parsed("--device", "cpu|cuda[:i]",
        "Where to train.", new DeviceChoice(DeviceKind.Cpu), ParseDevice);

    private readonly Option<string> _engine = CommandOptions.Choice("--engine",
        "Whose stored trainings count: any engine's, or only those of the same build, device and libraries.", AnyEngine,
        [AnyEngine, SameEngine]);

    private readonly Option<bool> _quick = CommandOptions.Flag("--quick",
        "A subset with few seeds, in less than two minutes on two cores.");

    private readonly Option<string?> _json = JsonOutput.Option();

    private readonly Option<string> _out = CommandOptions.Parsed("--out", "DIR",
        "Folder for results and finished trainings; a command that was interrupted goes on from there, and several may work in it.",
        DefaultFolder, text => text);

    /// <summary>Adds all arguments and options to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_experiment);
        Option[] options =
            [_data, _datasets, _models, _classes, _seeds, _firstSeed, _threads, _device, _engine, _quick, _json, _out];
        foreach (Option option in options) command.Add(option);
    }

    /// <summary>What a parsed command line says.</summary>
    /// <exception cref="BadInputException">A value is out of its range.</exception>
    public ReproduceArguments Bind(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_experiment);
        Experiment experiment = Experiments.All.FirstOrDefault(experiment => experiment.Name == name)
            ?? throw new BadInputException($"there is no '{name}' to reproduce. Use one of "
                + $"{string.Join(", ", Experiments.All.Select(experiment => experiment.Name))}.");
        var arguments = new ReproduceArguments
        {
            Experiment = experiment,
            Data = parsed.GetValue(_data),
            Datasets = Chosen(parsed, _datasets),
            Models = Chosen(parsed, _models),
            Classes = Chosen(parsed, _classes),
            Seeds = parsed.GetValue(_seeds),
            FirstSeed = parsed.GetValue(_firstSeed),
            Threads = parsed.GetValue(_threads),
            Device = parsed.GetValue(_device),
            SameEngine = parsed.GetRequiredValue(_engine) == SameEngine,
            Quick = parsed.GetValue(_quick),
            Json = parsed.GetValue(_json),
            Out = parsed.GetRequiredValue(_out),
            CommandLine = CommandLineText.Of(parsed),
        };
        if (arguments.Seeds is < 1 or > MostSeeds)
            throw new BadInputException($"{_seeds.Name} is {arguments.Seeds}; allowed is 1 to {MostSeeds}.");
        if (arguments.Threads is < 0 or > 4096)
            throw new BadInputException($"{_threads.Name} is {arguments.Threads}; allowed is 0 (one per core) to 4096.");
        return arguments;
    }

    /// <summary>The names of a list; null where the option is not given, which the parser says by an empty one.</summary>
    private static string[]? Chosen(ParseResult parsed, Option<string[]?> option) =>
        parsed.GetValue(option) is { Length: > 0 } names ? names : null;

    private static Option<string[]?> List(string name, string helpName, string description, IReadOnlyList<string> words) =>
        CommandOptions.Parsed<string[]?>(name, helpName, description, null, text =>
        {
            string[] chosen = text.Split(',', StringSplitOptions.TrimEntries);
            string? unknown = chosen.FirstOrDefault(word => !words.Contains(word));
            return unknown is null
                ? chosen
                : throw new FormatException($"'{unknown}' is none of {string.Join(", ", words)}.");
        });

    // All trainings of a table are to be those of one engine, whatever each of them alone would take.
    private static DeviceChoice ParseDevice(string text) => DeviceChoice.Parse(text) is { Kind: not DeviceKind.Auto } choice
        ? choice
        : throw new FormatException("Tables are trained on one device throughout: cpu, cuda or cuda:INDEX.");
}
