using System.CommandLine;
using System.Globalization;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Detectors.Options;

namespace IadNative.Cli;

/// <summary>Arguments and options of <c>iad fit</c>: those of the library's table, and those of the command alone.</summary>
internal sealed class FitSyntax
{
    // What is left to choose for a model that goes on learning.
    private static readonly string[] s_ofRefit = ["rounds", "seed", "threshold", "threads"];

    private readonly Argument<string> _data = DataInput.DataArgument(
        "The data to learn from, anomalies included: CSV, NPY, NPZ or MAT v5, also gzipped; with --images, a file or folder of "
        + "images.");

    private readonly Option<string?> _label = DataInput.LabelOption(
        "Column (or array) with labels. They are left out of training and only reported on.");

    private readonly Option<string> _missing = DataInput.MissingOption();

    private readonly ReadingSyntax _reading = new();

    private readonly Option<string?> _from = CommandOptions.Text("--from", "MODEL",
        "Go on learning from the networks of this model; of the options of the fit only --rounds, --seed, --threshold and --threads are left, and "
        + "--rounds is 1 unless it is given.");

    private readonly Option<LoadOptions> _memoryLimit = MemoryLimit.Option();

    private readonly Option<bool> _images = CommandOptions.Flag("--images",
        "The data are images of one size: IDX, NPY of n x height x width, PNG, or a folder with PNGs, with a folder of PNGs per "
        + "class, or with MNIST's train-images-idx3-ubyte and train-labels-idx1-ubyte.");

    private readonly Option<string?> _normalClass = CommandOptions.Text("--normal-class", "CLASSES",
        "Images: the classes that are normal, such as 3 or 1,3,5; all others are anomalies.");

    private readonly Option<double?> _contamination = CommandOptions.OptionalNumber<double>("--contamination", "R",
        "Train on all normal samples and so many anomalies, drawn by --seed, that R of the data are anomalies.");

    private readonly Option<int?> _sample = CommandOptions.OptionalNumber<int>("--sample", "N",
        "Learn from N rows that are drawn from all of the data, which are read once and may be larger than memory.");

    private readonly Option<ulong> _sampleSeed = CommandOptions.Number("--sample-seed", "S", "Which rows --sample draws.", 0UL);

    private readonly Option<bool> _outOfCore = CommandOptions.Flag("--out-of-core",
        "Learn from all rows of a table that may be larger than memory: features stay on disk, in temporary files.");

    private readonly Option<string?> _temporaryFolder = CommandOptions.Text("--temp", "DIR",
        "Where temporary files of --out-of-core lie, of 4 bytes for each cell and each feature, and up to 16 more for cells that float32 is too coarse for; "
        + "unless given what TMPDIR names, or /var/tmp, or the system's folder.");

    private readonly (FitOption Option, Option Symbol)[] _fit =
        [.. FitOptionTable.All.Where(option => option.IsOfCommandLine).Select(option => (option, CommandOptions.OfTable(option)))];

    private readonly Option<DeviceChoice> _device = CommandOptions.Parsed("--device", "auto|cpu|cuda[:i]",
        "Where to train; auto takes CUDA where that works and is estimated to be faster.", new DeviceChoice(DeviceKind.Auto), DeviceChoice.Parse);

    private readonly Option<bool> _tf32 = CommandOptions.Flag("--tf32",
        "On CUDA, let matrix products round their factors to TF32: faster, less exact.");

    private readonly Option<bool> _noFusion = CommandOptions.Flag("--no-fusion",
        "On CUDA, launch every operation as a kernel even where whole epochs would fit in one: slower, to compare.");

    private readonly Option<string?> _out = CommandOptions.Text("--out", "MODEL", "Save the detector to this file.");

    private readonly Option<string?> _json = JsonOutput.Option();

    private readonly Option<string?> _report = CommandOptions.Text("--report", "FILE",
        "Also write a report with plots to this file: one HTML page that loads nothing from anywhere.");

    /// <summary>Adds all arguments and options to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_data);
        Option[] options =
        [
            _from, _memoryLimit, _label, _missing, .. _reading.All, _images, _normalClass, _contamination, _sample, _sampleSeed, _outOfCore,
            _temporaryFolder, .. _fit.Select(pair => pair.Symbol),
            _device, _tf32, _noFusion, _out, _json, _report,
        ];
        foreach (Option option in options) command.Add(option);
    }

    /// <summary>What a parsed command line says.</summary>
    /// <exception cref="BadInputException">A value is out of its range, or two do not go together.</exception>
    public FitArguments Bind(ParseResult parsed)
    {
        bool images = parsed.GetValue(_images);
        string? from = parsed.GetValue(_from);
        (FitOption Option, string Text)[] given =
        [
            .. _fit.Where(pair => parsed.GetResult(pair.Symbol) is { Implicit: false })
                .Select(pair => (pair.Option, CommandOptions.TextOf(pair.Option, pair.Symbol, parsed))),
        ];
        if (parsed.GetValue(_sample) is null && parsed.GetResult(_sampleSeed) is { Implicit: false })
            throw new BadInputException($"{_sampleSeed.Name} is for {_sample.Name}: use it with {_sample.Name}, or leave it away.");
        RequireOutOfCore(parsed);
        if (from is not null) RequireLeftToModel(parsed, given);
        else if (parsed.GetResult(_memoryLimit) is { Implicit: false })
            throw new BadInputException($"{_memoryLimit.Name} is for a model to go on from: use it with {_from.Name}, or leave it away.");
        var options = new FitOptions
        {
            Imputation = parsed.GetRequiredValue(_missing) switch
            {
                "mean" => Imputation.Mean,
                "median" => Imputation.Median,
                _ => Imputation.None,
            },
        };
        foreach ((FitOption option, string text) in given)
        {
            if (option.Name is "normalization" or "sigmoid" && !images) throw ForImagesAlone(option.CommandLineName);
            if (option.Name == "scaling" && images)
                throw new BadInputException($"{option.CommandLineName} is for tables; images are normalised. Leave it away.");
            if (!option.IsOfNetwork) options = Checked(() => option.Parse(options, text));
            if (option.OfModel is { } has && !has(options.Model)) throw ForOtherModels(option, options.Model.Name);
        }

        var arguments = new FitArguments
        {
            Data = new DataInput(
                parsed.GetRequiredValue(_data), parsed.GetValue(_label), parsed.GetRequiredValue(_missing), images)
            {
                Reading = _reading.Bind(parsed) with { Sample = parsed.GetValue(_sample), SampleSeed = parsed.GetValue(_sampleSeed) },
            },
            From = from,
            Load = MemoryLimit.Of(parsed, _memoryLimit),
            AreRoundsGiven = given.Any(pair => pair.Option.Name == "rounds"),
            IsSeedGiven = given.Any(pair => pair.Option.Name == "seed"),
            OutOfCore = parsed.GetValue(_outOfCore),
            TemporaryFolder = parsed.GetValue(_temporaryFolder),
            NormalClasses = parsed.GetValue(_normalClass) is { } classes ? ParseClasses(classes) : null,
            Contamination = parsed.GetValue(_contamination),
            Options = options,
            PartsOfNetwork = [.. given.Where(pair => pair.Option.IsOfNetwork)],
            Device = parsed.GetValue(_device),
            Cuda = new CudaOptions { AllowTf32 = parsed.GetValue(_tf32), UseFusion = !parsed.GetValue(_noFusion) },
            Out = parsed.GetValue(_out),
            Json = parsed.GetValue(_json),
            Report = parsed.GetValue(_report),
            CommandLine = CommandLineText.Of(parsed),
        };
        Validate(arguments);
        return arguments;
    }

    private void RequireOutOfCore(ParseResult parsed)
    {
        if (!parsed.GetValue(_outOfCore))
        {
            if (parsed.GetValue(_temporaryFolder) is not null)
                throw new BadInputException($"{_temporaryFolder.Name} is for {_outOfCore.Name}: use it with {_outOfCore.Name}, or leave it away.");
            return;
        }

        Option? other = ((Option[])[_from, _images, _contamination, _sample]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (other is not null)
        {
            throw new BadInputException(
                $"{other.Name} does not go with {_outOfCore.Name}, which learns anew from all rows of a table. Leave one of them away.");
        }
    }

    private void RequireLeftToModel(ParseResult parsed, IEnumerable<(FitOption Option, string Text)> given)
    {
        string? fixedBefore = given.Select(pair => pair.Option).FirstOrDefault(option => !s_ofRefit.Contains(option.Name))?.CommandLineName
            ?? (parsed.GetValue(_images) ? _images.Name : null)
            ?? (parsed.GetResult(_missing) is { Implicit: false } && parsed.GetRequiredValue(_missing) != "drop" ? _missing.Name : null);
        if (fixedBefore is not null)
            throw new BadInputException($"{fixedBefore} is the model's own with {_from.Name}. Leave it away, or fit a new model.");
    }

    private void Validate(FitArguments arguments)
    {
        if (arguments.NormalClasses is not null && !arguments.Data.Images && arguments.From is null) throw ForImagesAlone(_normalClass.Name);
        if (arguments.Contamination is { } contamination and not (> 0 and < 1))
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{_contamination.Name} is {contamination}; allowed is above 0, below 1."));
        }

        if (arguments.Data.Reading.Sample is < 1 and var rows)
            throw new BadInputException($"{_sample.Name} {rows} is no number of rows; give 1 or more.");
        Checked(() =>
        {
            // What else there is to the options is the model's, which is not read yet.
            if (arguments.From is null) arguments.Options.Validate();
            else arguments.RefitOptions.Validate();
            return arguments.Options;
        });
    }

    // The library names its property; the user knows the option.
    private static FitOptions Checked(Func<FitOptions> check)
    {
        try
        {
            return check();
        }
        catch (ArgumentException exception)
        {
            string property = exception.ParamName ?? "";
            string message = ErrorReporting.MessageOf(exception);
            FitOption? option = FitOptionTable.All.FirstOrDefault(option => option.Property is not null && option.Property == property);
            throw new BadInputException(option is not null && message.StartsWith(property, StringComparison.Ordinal)
                ? option.CommandLineName + message[property.Length..]
                : message);
        }
    }

    private static BadInputException ForOtherModels(FitOption option, string model)
    {
        IEnumerable<string> owners = BaseModel.All.Where(option.OfModel!).Select(owner => owner.Name);
        return new BadInputException(
            $"{option.CommandLineName} is not for {model}: use it with --model {string.Join(" or ", owners)}, or leave it away.");
    }

    private BadInputException ForImagesAlone(string option) =>
        new($"{option} is for images: use it with {_images.Name}, or leave it away.");

    private string[] ParseClasses(string text)
    {
        string[] classes = text.Split(',', StringSplitOptions.TrimEntries);
        return classes.Contains("")
            ? throw new BadInputException($"{_normalClass.Name}: '{text}' is no list of classes. Give names with commas between "
                + "them, such as 3 or 1,3,5.")
            : classes;
    }
}
