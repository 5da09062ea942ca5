using System.CommandLine;
using System.Globalization;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Cli;

/// <summary>Arguments and options of <c>iad fit</c>, with their defaults from the library.</summary>
internal sealed class FitSyntax
{
    private static readonly FitOptions s_defaults = new();
    private static readonly TrainingOptions s_training = s_defaults.Training;
    private static readonly TrainingOptions s_images = TrainingOptions.ForImages;
    private static readonly MaskedAutoregressiveFlow s_flow = new();

    private readonly Argument<string> _data = DataInput.DataArgument(
        "The data to learn from, anomalies included: CSV, NPY, NPZ or MAT v5, also gzipped; with --images, a file or folder of "
        + "images.");

    private readonly Option<string?> _label = DataInput.LabelOption(
        "Column (or array) with labels. They are left out of training and only reported on.");

    private readonly Option<string> _missing = DataInput.MissingOption();

    private readonly Option<bool> _images = OptionKinds.Flag("--images",
        "The data are images of one size: IDX, NPY of n x height x width, PNG, or a folder with PNGs, with a folder of PNGs per "
        + "class, or with MNIST's train-images-idx3-ubyte and train-labels-idx1-ubyte.");

    private readonly Option<string?> _normalClass = OptionKinds.Text("--normal-class", "CLASSES",
        "Images: the classes that are normal, such as 3 or 1,3,5; all others are anomalies.");

    private readonly Option<double?> _contamination = OptionKinds.OptionalNumber<double>("--contamination", "R",
        "Train on all normal samples and so many anomalies, drawn by --seed, that R of the data are anomalies.");

    private readonly Option<string> _normalization = OptionKinds.Choice("--normalization",
        "Images: what each is divided by, its contrast (after its mean is subtracted) or its L1 norm, before all go to [0, 1].",
        ImageNormalization.GlobalContrast.ToShortName(), ImageNormalizationNames.All);

    private readonly Option<string> _model = OptionKinds.Choice("--model",
        "Deep SVDD, soft-boundary Deep SVDD, autoencoder or masked autoregressive flow.",
        s_defaults.Model.Name, BaseModel.Names);

    private readonly Option<NetworkSpec?> _network = OptionKinds.Parsed<NetworkSpec?>("--network", "WIDTHS",
        "Layer widths of the encoder, such as 32-16-8; with convolutions before them conv8-conv4-32, or lenet-mnist, lenet-fmnist; "
        + "for maf, of the hidden layers in each block. [default: 32-16-8 up to 100 features, 128-64-32 above, lenet-mnist for "
        + "images whose sides are multiples of 4; 32-32 for maf]",
        null, NetworkSpec.Parse);

    private readonly Option<string> _degrees = OptionKinds.Choice("--degrees",
        "maf: how hidden units get the features they see; with fewer units than features, sequential sees those of one end, "
        + "spread reaches over all.",
        s_flow.Degrees.ToShortName(), MadeDegreesNames.All);

    private readonly Option<string> _score = OptionKinds.Choice("--score",
        "maf: what the importance weights follow, the negative log-likelihood or the density.",
        ScoreForm.Of(s_flow.WeightByDensity), [ScoreForm.NegativeLogLikelihood, ScoreForm.Density]);

    private readonly Option<bool> _bias = OptionKinds.Flag("--bias", "Biases in the linear layers; maf always has them.");

    private readonly Option<bool> _noBatchNorm = OptionKinds.Flag("--no-batch-norm",
        "No batch normalisation in hidden layers or, for maf, behind its blocks.");

    private readonly Option<bool> _affine = OptionKinds.Flag("--affine",
        "Learned scale and shift behind batch normalisation; maf always has them.");

    private readonly Option<int?> _rounds = OptionKinds.OptionalNumber<int>("--rounds", "T",
        "Trainings after the first; 0 returns the base model." + Defaults(s_training.Rounds, s_images.Rounds));

    private readonly Option<int?> _epochs = OptionKinds.OptionalNumber<int>("--epochs", "E",
        string.Create(CultureInfo.InvariantCulture, $"Epochs per round. [default: "
            + $"{s_flow.DefaultEpochs} for maf, "
            + $"{BaseModel.OneClassSvdd.DefaultEpochs} otherwise]"));

    private readonly Option<int?> _batch = OptionKinds.OptionalNumber<int>("--batch", "B",
        "Samples per step." + Defaults(s_training.BatchSize, s_images.BatchSize));

    private readonly Option<double?> _learningRate = OptionKinds.OptionalNumber<double>("--lr", "X",
        "Step size of Adam." + Defaults(s_training.LearningRate, s_images.LearningRate));

    private readonly Option<double> _weightDecay = OptionKinds.Number("--weight-decay", "V",
        "L2 weight decay.", s_training.WeightDecay);

    private readonly Option<double> _inverseTau = OptionKinds.Number("--inverse-tau", "X",
        "How sharply importance weights fall around the median score.", s_training.InverseTau);

    private readonly Option<string> _between = OptionKinds.Choice("--between",
        "What a round starts from: fresh weights, those of round 0, or the round before.",
        s_training.Between.ToShortName(),
        [.. Enum.GetValues<BetweenRounds>().Select(between => between.ToShortName())]);

    private readonly Option<int> _pretrain = OptionKinds.Number("--pretrain", "E",
        "Epochs of autoencoder pretraining of a Deep SVDD encoder.", new OneClassSvdd().PretrainEpochs);

    private readonly Option<double> _nu = OptionKinds.Number("--nu", "V",
        "Soft boundary: fraction of a batch outside the hypersphere.", new SoftBoundarySvdd().Nu);

    private readonly Option<TerminationCriterion> _termination = OptionKinds.Parsed("--termination", "RULE",
        $"Which round is kept: {TerminationCriterion.Forms}.", s_training.Termination, TerminationCriterion.Parse);

    private readonly Option<ulong> _seed = OptionKinds.Number("--seed", "S",
        "Key of all random numbers; the same seed gives the same detector.", s_training.Seed);

    private readonly Option<int> _seeds = OptionKinds.Number("--seeds", "N",
        "Independent runs with the seeds S, S+1, ...; the detector is always that of S.", s_training.Seeds);

    private readonly Option<int> _ensemble = OptionKinds.Number("--ensemble", "K",
        "Networks per run whose scores are averaged.", s_training.Ensemble);

    private readonly Option<ThresholdRule?> _threshold = OptionKinds.Parsed<ThresholdRule?>("--threshold", "RULE",
        "Where anomalies begin: otsu, quantile:Q of the training scores or, for svdd-soft, radius. "
        + "[default: radius for svdd-soft, otsu otherwise]",
        null, text => ThresholdRule.Parse(text));

    private readonly Option<DeviceChoice> _device = OptionKinds.Parsed("--device", "auto|cpu|cuda[:i]",
        "Where to train; auto takes CUDA where it works.", new DeviceChoice(DeviceKind.Auto), DeviceChoice.Parse);

    private readonly Option<bool> _tf32 = OptionKinds.Flag("--tf32",
        "On CUDA, let matrix products round their factors to TF32: faster, less exact.");

    private readonly Option<int> _threads = OptionKinds.Number("--threads", "N",
        "Threads to train on; 0 is one per core. Results do not depend on it.", s_defaults.Threads);

    private readonly Option<string?> _out = OptionKinds.Text("--out", "MODEL", "Save the detector to this file.");

    private readonly Option<string?> _json = JsonOutput.Option();

    private readonly Option<string?> _report = OptionKinds.Text("--report", "FILE",
        "Also write a report with plots to this file: one HTML page that loads nothing from anywhere.");

    /// <summary>Adds all arguments and options to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_data);
        Option[] options =
        [
            _label, _missing, _images, _normalClass, _contamination, _normalization, _model, _network, _degrees, _score, _bias,
            _noBatchNorm, _affine, _rounds, _epochs, _batch, _learningRate, _weightDecay, _inverseTau, _between, _pretrain, _nu,
            _termination, _seed, _seeds, _ensemble, _threshold, _device, _tf32, _threads, _out, _json, _report,
        ];
        foreach (Option option in options) command.Add(option);
    }

    /// <summary>What a parsed command line says.</summary>
    /// <exception cref="BadInputException">A value is out of its range.</exception>
    public FitArguments Bind(ParseResult parsed)
    {
        bool images = parsed.GetValue(_images);
        ImageNormalization normalization = ImageNormalizationNames.Parse(parsed.GetRequiredValue(_normalization));
        if (!images && normalization != ImageNormalization.GlobalContrast)
            throw ForImagesAlone($"{_normalization.Name} {normalization.ToShortName()}");
        var arguments = new FitArguments
        {
            Data = new DataInput(
                parsed.GetRequiredValue(_data), parsed.GetValue(_label), parsed.GetRequiredValue(_missing), images),
            NormalClasses = parsed.GetValue(_normalClass) is { } classes ? ParseClasses(classes) : null,
            Contamination = parsed.GetValue(_contamination),
            Options = new FitOptions
            {
                Model = BindModel(parsed),
                Network = parsed.GetValue(_network),
                Normalization = images ? normalization : null,
                Training = BindTraining(parsed, images ? s_images : s_training),
                Threshold = parsed.GetValue(_threshold),
                Threads = parsed.GetValue(_threads),
            },
            Bias = parsed.GetValue(_bias),
            BatchNorm = !parsed.GetValue(_noBatchNorm),
            Affine = parsed.GetValue(_affine),
            Device = parsed.GetValue(_device),
            Tf32 = parsed.GetValue(_tf32),
            Out = parsed.GetValue(_out),
            Json = parsed.GetValue(_json),
            Report = parsed.GetValue(_report),
            CommandLine = CommandLineText.Of(parsed),
        };
        Validate(arguments);
        return arguments;
    }

    private BaseModel BindModel(ParseResult parsed)
    {
        int pretrain = parsed.GetValue(_pretrain);
        MadeDegrees degrees = MadeDegreesNames.Parse(parsed.GetRequiredValue(_degrees));
        bool byDensity = parsed.GetRequiredValue(_score) == ScoreForm.Density;
        BaseModel model = BaseModel.Parse(parsed.GetRequiredValue(_model)) switch
        {
            OneClassSvdd svdd => svdd with { PretrainEpochs = pretrain },
            SoftBoundarySvdd svdd => svdd with { PretrainEpochs = pretrain, Nu = parsed.GetValue(_nu) },
            MaskedAutoregressiveFlow flow => flow with { Degrees = degrees, WeightByDensity = byDensity },
            var other => other,
        };
        if (model is not MaskedAutoregressiveFlow)
        {
            if (byDensity) throw ForFlowsAlone($"{_score.Name} {ScoreForm.Density}");
            if (degrees != s_flow.Degrees) throw ForFlowsAlone($"{_degrees.Name} {degrees.ToShortName()}");
        }

        if (model is not DeepSvdd && pretrain != 0)
            throw new BadInputException($"{_pretrain.Name} prepares the encoder of Deep SVDD; {model.Name} has none.");
        return model;
    }

    private TrainingOptions BindTraining(ParseResult parsed, TrainingOptions defaults) => new()
    {
        Rounds = parsed.GetValue(_rounds) ?? defaults.Rounds,
        Epochs = parsed.GetValue(_epochs),
        BatchSize = parsed.GetValue(_batch) ?? defaults.BatchSize,
        LearningRate = parsed.GetValue(_learningRate) ?? defaults.LearningRate,
        WeightDecay = parsed.GetValue(_weightDecay),
        InverseTau = parsed.GetValue(_inverseTau),
        Between = BetweenRoundsNames.Parse(parsed.GetRequiredValue(_between)),
        Termination = parsed.GetValue(_termination)!,
        Seed = parsed.GetValue(_seed),
        Seeds = parsed.GetValue(_seeds),
        Ensemble = parsed.GetValue(_ensemble),
    };

    private void Validate(FitArguments arguments)
    {
        if (arguments.NormalClasses is not null && !arguments.Data.Images) throw ForImagesAlone(_normalClass.Name);
        if (arguments.Contamination is { } contamination and not (> 0 and < 1))
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{_contamination.Name} is {contamination}; allowed is above 0, below 1."));
        }

        try
        {
            arguments.Options.Validate();
        }
        catch (ArgumentException exception)
        {
            // The library names its property; the user knows the option.
            string property = exception.ParamName ?? "";
            string message = ErrorReporting.MessageOf(exception);
            throw new BadInputException(OptionOf(property) is { } option && message.StartsWith(property, StringComparison.Ordinal)
                ? option + message[property.Length..]
                : message);
        }
    }

    private BadInputException ForFlowsAlone(string option) =>
        new($"{option} is for flows: use it with {_model.Name} {BaseModel.MaskedAutoregressiveFlow.Name}, "
            + "or leave it away.");

    private BadInputException ForImagesAlone(string option) =>
        new($"{option} is for images: use it with {_images.Name}, or leave it away.");

    private static string Defaults<T>(T tables, T images) =>
        string.Create(CultureInfo.InvariantCulture, $" [default: {tables}, or {images} with --images]");

    private string[] ParseClasses(string text)
    {
        string[] classes = text.Split(',', StringSplitOptions.TrimEntries);
        return classes.Contains("")
            ? throw new BadInputException($"{_normalClass.Name}: '{text}' is no list of classes. Give names with commas between "
                + "them, such as 3 or 1,3,5.")
            : classes;
    }

    private string? OptionOf(string property) => property switch
    {
        nameof(TrainingOptions.Rounds) => _rounds.Name,
        nameof(TrainingOptions.Epochs) => _epochs.Name,
        nameof(TrainingOptions.BatchSize) => _batch.Name,
        nameof(TrainingOptions.LearningRate) => _learningRate.Name,
        nameof(TrainingOptions.WeightDecay) => _weightDecay.Name,
        nameof(TrainingOptions.InverseTau) => _inverseTau.Name,
        nameof(DeepSvdd.PretrainEpochs) => _pretrain.Name,
        nameof(SoftBoundarySvdd.Nu) => _nu.Name,
        nameof(TrainingOptions.Seeds) => _seeds.Name,
        nameof(TrainingOptions.Ensemble) => _ensemble.Name,
        nameof(FitOptions.Threads) => _threads.Name,
        _ => null,
    };
}
