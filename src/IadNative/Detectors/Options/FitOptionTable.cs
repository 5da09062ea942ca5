using System.Text.Json;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Messages;
using IadNative.Models;
using IadNative.Networks;
using static IadNative.Detectors.Options.OptionKinds;

namespace IadNative.Detectors.Options;

/// <summary>
/// All options of a fit. Command line, JSON, <c>info</c>, model file, reports and the pages of reference are made from this table:
/// a new option is its property and its entry here.
/// </summary>
internal static class FitOptionTable
{
    private const string LeftToAuto = "; auto leaves no choice";

    private static readonly Func<BaseModel, bool> s_hasNetwork = model => model.HasNetwork;
    private static readonly OptionKind<bool> s_scoreForm = Named(ReadScoreForm, byDensity => byDensity ? "density" : "nll", "nll", "density");

    /// <summary>The options, in the order in which they are shown and set: a model before its own options, a network before its parts.</summary>
    public static IReadOnlyList<FitOption> All { get; } =
    [
        new FitOption<ImageNormalization?>(
            Named<ImageNormalization?>(text => ImageNormalizationNames.Parse(text), value => value?.ToShortName(), [.. ImageNormalizationNames.All]),
            o => o.Normalization, (o, v) => o with { Normalization = v })
        {
            Name = "normalization", Placeholder = string.Join("|", ImageNormalizationNames.All), DefaultInWords = "`gcn`; `gcn-smooth` for auto",
            Meaning = "images: from each its mean is subtracted and it is divided by its mean absolute deviation (`gcn`), after which every "
                + "pixel may become the mean of those around it (`gcn-smooth`); or it is divided by its L1 norm (`l1`); then all go to [0, 1] by one scale",
        },
        new FitOption<FeatureScaling?>(
            Named<FeatureScaling?>(text => FeatureScalingNames.Parse(text), value => value?.ToShortName(), [.. FeatureScalingNames.All]),
            o => o.Scaling, (o, v) => o with { Scaling = v })
        {
            Name = "scaling", Section = FileSection.Preparation, Placeholder = "robust|standard", DefaultInWords = "`robust`",
            Meaning = "tables: features are scaled by median and the width of the middle half, softly clipped, and then standardised "
                + "(`robust`), or by mean and standard deviation alone, which one extreme cell moves (`standard`)",
        },
        new FitOption<Imputation>(
            Named(ImputationNames.Parse, value => value.ToShortName(), [.. ImputationNames.All]), o => o.Imputation, (o, v) => o with { Imputation = v })
        {
            Name = "imputation", Section = FileSection.Preparation, Placeholder = "RULE", Property = nameof(FitOptions.Imputation), IsOfCommandLine = false,
            Meaning = "what takes the place of missing cells: nothing, or the training cells' mean or median (`--missing`)",
        },
        new FitOption<BaseModel>(
            Named(BaseModel.Parse, value => value.Name, [.. BaseModel.Names]), o => o.Model, (o, v) => o with { Model = v })
        {
            Name = "model", Placeholder = string.Join('|', BaseModel.Names), Section = FileSection.Root,
            Meaning = $"a committee (`{BaseModel.Auto.Name}`); " + string.Join(", ", BaseModel.All.Select(model => $"{model.Title} (`{model.Name}`)")),
        },
        new FitOption<NetworkSpec?>(
            Named<NetworkSpec?>(NetworkSpec.Parse, value => value?.ToString()), o => o.Network, (o, v) => o with { Network = v })
        {
            Name = "network", Placeholder = "WIDTHS", Section = FileSection.Network, FileName = "widths",
            DefaultInWords = "`32-16-8` up to 100 features, `128-64-32` above, `lenet-mnist` for images whose sides are multiples of 4; "
                + "`32-32` for maf, `16-16-16` for oneflow; gaussian has none" + LeftToAuto,
            OfModel = s_hasNetwork,
            Meaning = "layer widths of the encoder, the last being the code; decoders mirror it. For images with 5x5 convolutions before "
                + "them, each followed by 2x2 max-pooling: `conv8-conv4-32` is `lenet-mnist`, `conv16-conv32-128-64` is `lenet-fmnist`. "
                + "For maf and oneflow: of the hidden layers in each block",
        },
        Part("batch-norm", "no batch normalisation in hidden layers or, for maf, behind each block; oneflow never has it",
            network => network.BatchNorm, (network, v) => network with { BatchNorm = v }) with { IsOnByDefault = true },
        Part("affine", "learned scale and shift behind batch normalisation; maf always has them",
            network => network.Affine, (network, v) => network with { Affine = v }),
        Part("bias", "biases in the linear layers; maf and oneflow always have them",
            network => network.Bias, (network, v) => network with { Bias = v }),
        Own("degrees", "sequential|spread",
            "flows (maf): how hidden units get the features they see; with fewer units than features, `sequential` sees those of one end, "
            + "`spread` reaches over all",
            Named(MadeDegreesNames.Parse, value => value.ToShortName(), [.. MadeDegreesNames.All]), new MaskedAutoregressiveFlow(),
            flow => flow.Degrees, (flow, v) => flow with { Degrees = v }) with { Section = FileSection.Network },
        Training("rounds", "T", "trainings after the first; 0 returns the base model. For sdor and dagpr they are iterations of their own, without importance weights", Whole,
            t => t.Rounds, (t, v) => t with { Rounds = v }, nameof(TrainingOptions.Rounds)) with
        { DefaultInWords = $"{Defaults(t => t.Rounds)}; {OwnDefaults(model => model.DefaultRounds, RoundsOnImages)}" },
        Training("epochs", "E", "epochs per round; for dagpr, of its autoencoder, which trains once", Optional(Whole), t => t.Epochs, (t, v) => t with { Epochs = v }, nameof(TrainingOptions.Epochs)) with
        { DefaultInWords = EpochsInWords() + LeftToAuto, OfModel = s_hasNetwork },
        Training("batch", "B", "samples per step", Whole,
            t => t.BatchSize, (t, v) => t with { BatchSize = v }, nameof(TrainingOptions.BatchSize)) with
        {
            DefaultInWords = $"{Defaults(t => t.BatchSize)}; {OwnDefaults(model => model.DefaultBatchSize(images: false))}; "
                + $"{OwnDefaults(model => model.DefaultBatchSize(images: true))} with `--images`",
            FileName = "batchSize", OfModel = s_hasNetwork,
        },
        Training("lr", "X", "Adam's step size", Real,
            t => t.LearningRate, (t, v) => t with { LearningRate = v }, nameof(TrainingOptions.LearningRate)) with
        { DefaultInWords = Defaults(t => t.LearningRate) + $", but {OwnDefaults(model => model.DefaultLearningRate(images: true))}" + LeftToAuto, FileName = "learningRate", OfModel = s_hasNetwork },
        Training("weight-decay", "V", "L2 weight decay", Real,
            t => t.WeightDecay, (t, v) => t with { WeightDecay = v }, nameof(TrainingOptions.WeightDecay)) with
        { OfModel = s_hasNetwork },
        Training("inverse-tau", "X", "how sharply importance weights fall around the median score (1/τ)", Real,
            t => t.InverseTau, (t, v) => t with { InverseTau = v }, nameof(TrainingOptions.InverseTau)) with
        {
            DefaultInWords = FormattableString.Invariant($"{new TrainingOptions().InverseTau}; ")
                + OwnDefaults(model => model.DefaultInverseTau == new TrainingOptions().InverseTau ? null : model.DefaultInverseTau),
        },
        Training("between", "reinit|same|warm", "what a round starts from: fresh weights, those of round 0, or the round before",
            Named(BetweenRoundsNames.Parse, value => value.ToShortName(), "reinit", "same", "warm"),
            t => t.Between, (t, v) => t with { Between = v }, nameof(TrainingOptions.Between)) with
        { OfModel = s_hasNetwork },
        Own<DeepSvdd, int>("pretrain", "E", "Deep SVDD: epochs of autoencoder pretraining of the encoder", Whole, new OneClassSvdd(),
            svdd => svdd.PretrainEpochs, (svdd, v) => svdd with { PretrainEpochs = v }) with
        { Property = nameof(DeepSvdd.PretrainEpochs), Section = FileSection.Training, FileName = "pretrainEpochs" },
        Own("sigmoid", "", "autoencoder (ae), images: reconstructions are brought between 0 and 1 by a sigmoid", Flag, new Autoencoder(),
            autoencoder => autoencoder.HasSigmoid, (autoencoder, v) => autoencoder with { HasSigmoid = v }) with
        { Property = nameof(Autoencoder.HasSigmoid), Section = FileSection.Training, IsLeftOutElsewhere = true, IsLeftOutWhenOff = true },
        Own("nu", "V", "soft boundary (svdd-soft): fraction of a batch outside the hypersphere", Real, new SoftBoundarySvdd(),
            svdd => svdd.Nu, (svdd, v) => svdd with { Nu = v }) with
        { Property = nameof(SoftBoundarySvdd.Nu), Section = FileSection.Training },
        Own("alpha", "V", "OneFlow (oneflow): the contamination ratio, the share of the data that may lie outside the ball", Real, new OneFlow(),
            flow => flow.Alpha, (flow, v) => flow with { Alpha = v }) with
        { Property = nameof(OneFlow.Alpha), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("drae-lambda", "V", "DRAE (drae): what the variance within the two classes of a batch counts for beside its errors", Real,
            new DiscriminativeAutoencoder(), drae => drae.Lambda, (drae, v) => drae with { Lambda = v }) with
        { Property = nameof(DiscriminativeAutoencoder.Lambda), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("drae-mean", "", "DRAE (drae): errors are averaged over features in the loss, not summed", Flag, new DiscriminativeAutoencoder(),
            drae => drae.AveragesErrors, (drae, v) => drae with { AveragesErrors = v }) with
        { Property = nameof(DiscriminativeAutoencoder.AveragesErrors), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("subspace", "M", "RSRAE (rsrae): dimensions of the subspace that codes are brought to, at most the width of the code", Whole, new RobustSubspaceAutoencoder(),
            rsrae => rsrae.Dimensions, (rsrae, v) => rsrae with { Dimensions = v }) with
        { Property = nameof(RobustSubspaceAutoencoder.Dimensions), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("rsrae-joint", "", "RSRAE (rsrae): one step of Adam on the sum of the three losses (RSRAE+), not one on each", Flag,
            new RobustSubspaceAutoencoder(), rsrae => rsrae.IsJoint, (rsrae, v) => rsrae with { IsJoint = v }) with
        { Property = nameof(RobustSubspaceAutoencoder.IsJoint), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("normal-share", "V", "SDOR (sdor): share of the rows with the lowest scores that the network learns to give 0", Real, new SelfTrainedOrdinalRegression(),
            sdor => sdor.NormalShare, (sdor, v) => sdor with { NormalShare = v }) with
        { Property = nameof(SelfTrainedOrdinalRegression.NormalShare), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("anomalous-share", "V", "SDOR (sdor): share of the rows with the highest scores that the network learns to give 1", Real, new SelfTrainedOrdinalRegression(),
            sdor => sdor.AnomalousShare, (sdor, v) => sdor with { AnomalousShare = v }) with
        { Property = nameof(SelfTrainedOrdinalRegression.AnomalousShare), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("initial-epochs", "E", "SDOR (sdor): epochs of the autoencoder whose errors are the first scores", Whole, new SelfTrainedOrdinalRegression(),
            sdor => sdor.InitialEpochs, (sdor, v) => sdor with { InitialEpochs = v }) with
        { Property = nameof(SelfTrainedOrdinalRegression.InitialEpochs), Section = FileSection.Training, IsLeftOutElsewhere = true },
        Own("points", "M", "DAGPR (dagpr): points of its regression, which follow from the number of rows", Whole, new AutoencodingGaussianProcess(),
            dagpr => dagpr.Points, (dagpr, v) => dagpr with { Points = v }) with
        { Section = FileSection.Training, IsOfCommandLine = false, IsLeftOutElsewhere = true },
        Own("score", "nll|density",
            "flows (maf): which form of the score the importance weights follow, the negative log-likelihood or (minus) the density; scores and "
            + "AUCs are those of `nll` either way",
            s_scoreForm, new MaskedAutoregressiveFlow(), flow => flow.WeightByDensity, (flow, v) => flow with { WeightByDensity = v }) with
        { Section = FileSection.Training, FileName = "weightByDensity", FileKind = Flag },
        Training("termination", "RULE", "which round is kept: `rank-flip`, `fixed:ROUND`, `last` or `otsu`; `average:FIRST-LAST` keeps several",
            Named(TerminationCriterion.Parse, value => value.ToString()),
            t => t.Termination, (t, v) => t with { Termination = v }, nameof(TrainingOptions.Termination)) with
        { DefaultInWords = $"`{new TrainingOptions().Termination}`; {OwnDefaults(model => model.KeepsLastRound ? $"`{TerminationCriterion.Last}`" : null)}" },
        Training("seed", "S", "key of all random numbers, 64 bits; the same seed gives the same detector", LongWhole,
            t => t.Seed, (t, v) => t with { Seed = v }, nameof(TrainingOptions.Seed)),
        Training("seeds", "N",
            "independent runs with the seeds S, S+1, …; the saved detector is that of the first, never one chosen by AUC", Whole,
            t => t.Seeds, (t, v) => t with { Seeds = v }, nameof(TrainingOptions.Seeds)),
        Training("ensemble", "K", "networks per run whose scores are averaged", Whole,
            t => t.Ensemble, (t, v) => t with { Ensemble = v }, nameof(TrainingOptions.Ensemble)) with
        { DefaultInWords = FormattableString.Invariant($"{new TrainingOptions().Ensemble}") + LeftToAuto },
        new FitOption<ThresholdRule?>(
            Named<ThresholdRule?>(text => ThresholdRule.Parse(text), value => value?.ToString()), o => o.Threshold,
            (o, v) => o with { Threshold = v })
        {
            Name = "threshold", Placeholder = "RULE", Section = FileSection.Root, FileName = "thresholdRule",
            DefaultInWords = $"`{ThresholdRule.Default}`; {OwnDefaults(model => model.DefaultThreshold == ThresholdRule.Default ? null : $"`{model.DefaultThreshold}`")}",
            Meaning = "where anomalies begin: `root-otsu`, Otsu's cut of the square roots of the upper half of the training scores; `otsu`, of all "
                + "scores as they are; `contamination:R`, the share R of the training rows is flagged; `top:K`, their number; `quantile:Q` of "
                + "the training scores; `radius`, what svdd-soft itself learns",
        },
        new FitOption<int>(Whole, o => o.Threads, (o, v) => o with { Threads = v })
        {
            Name = "threads", Placeholder = "N", Property = nameof(FitOptions.Threads),
            Meaning = "threads to train on, 0 for one per core; results do not depend on it",
        },
    ];

    /// <summary>The options that a model file keeps in a section.</summary>
    public static IEnumerable<FitOption> In(FileSection section) => All.Where(option => option.Section == section);

    /// <summary>The option of a name.</summary>
    public static FitOption Of(string name) => All.First(option => option.Name == name);

    /// <summary>The default in words: Markdown, with code where it is a value.</summary>
    public static string DefaultOf(FitOption option) => option.DefaultInWords
        ?? (option.IsSwitch ? "off" : $"`{option.ToText(new FitOptions { Model = OwnerOf(option) })}`");

    // A model that has the option.
    private static BaseModel OwnerOf(FitOption option) => option.OfModel is { } has ? BaseModel.All.First(has) : BaseModel.Auto;

    private static FitOption<T> Training<T>(
        string name, string placeholder, string meaning, OptionKind<T> kind, Func<TrainingOptions, T> get,
        Func<TrainingOptions, T, TrainingOptions> set, string property) =>
        new(kind, o => get(o.Training), (o, v) => o with { Training = set(o.Training, v) })
        {
            Name = name, Placeholder = placeholder, Meaning = meaning, Property = property, Section = FileSection.Training,
        };

    private static FitOption<bool> Part(
        string name, string meaning, Func<NetworkSpec, bool> get, Func<NetworkSpec, bool, NetworkSpec> set) =>
        new(Flag, o => get(o.Network!), (o, v) => o with { Network = set(o.Network!, v) })
        {
            Name = name, Placeholder = "", Meaning = meaning, Section = FileSection.Network, IsOfNetwork = true, OfModel = s_hasNetwork,
        };

    // An option of some models: others have it at its default, and are left as they are when it is set.
    private static FitOption<T> Own<TModel, T>(
        string name, string placeholder, string meaning, OptionKind<T> kind, TModel example, Func<TModel, T> get,
        Func<TModel, T, TModel> set)
        where TModel : BaseModel =>
        new(kind, o => get(o.Model as TModel ?? example), (o, v) =>
        {
            TModel changed = set(o.Model as TModel ?? example, v);
            changed.Validate();
            return o.Model is TModel ? o with { Model = changed } : o;
        })
        {
            Name = name, Placeholder = placeholder, Meaning = meaning, OfModel = model => model is TModel, IsOfModel = true,
        };

    private static string Defaults<T>(Func<TrainingOptions, T> get) => FormattableString.Invariant(
        $"{get(new TrainingOptions().FilledFor(images: false))}; {get(new TrainingOptions().FilledFor(images: true))} with `--images`");

    // Of the models that have defaults of their own.
    private static string OwnDefaults(Func<BaseModel, object?> get, Func<BaseModel, string>? alsoSaid = null) => string.Join("; ", BaseModel.All.Prepend(BaseModel.Auto)
        .Where(model => get(model) is not null)
        .Select(model => FormattableString.Invariant($"{get(model)} for {model.Name}{alsoSaid?.Invoke(model)}")));

    private static string RoundsOnImages(BaseModel model) => model.DefaultRoundsOn(images: true) == model.DefaultRounds
        ? "" : FormattableString.Invariant($" ({model.DefaultRoundsOn(images: true)} with `--images`)");

    private static string EpochsInWords()
    {
        int most = BaseModel.All[0].DefaultEpochs;
        IEnumerable<string> others = BaseModel.All.Where(model => model.HasNetwork && model.DefaultEpochs != most)
            .Select(model => FormattableString.Invariant($"{model.DefaultEpochs} for {model.Name}") + (model.DefaultEpochsOn(images: true) == model.DefaultEpochs
                ? "" : FormattableString.Invariant($" ({model.DefaultEpochsOn(images: true)} with `--images`)")));
        return string.Join(", ", others.Append(FormattableString.Invariant($"{most} otherwise")));
    }

    private static bool ReadScoreForm(string text) => text switch
    {
        "nll" => false,
        "density" => true,
        _ => throw new FormatException($"{ForeignText.Quote(text)} is none of nll, density."),
    };
}
