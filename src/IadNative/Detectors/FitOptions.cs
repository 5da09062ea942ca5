using IadNative.Compute;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>What to fit and how.</summary>
public sealed record FitOptions
{
    /// <summary>The base model, or <see cref="BaseModel.Auto"/>, the default, which leaves network, epochs and the like to itself.</summary>
    public BaseModel Model { get; init; } = BaseModel.Auto;

    /// <summary>The network; null for the default of model and data.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>
    /// Families of networks that make up each run; empty for a single one: <see cref="TrainingOptions.Ensemble"/> networks of
    /// <see cref="Model"/> and <see cref="Network"/> on all features. With families, these three are not asked for.
    /// </summary>
    public IReadOnlyList<DetectorFamily> Families { get; init; } = [];

    /// <summary>
    /// Whether all families train on the same importance weights, which follow from the average of all networks' scores; otherwise
    /// those of a family follow from the scores of its own networks. The round that is kept is that of all together.
    /// </summary>
    public bool SharedWeights { get; init; } = true;

    /// <summary>
    /// How the scores of several networks are brought to one scale; null for as their models do. With
    /// <see cref="MemberScale.Quartiles"/> they are a committee: families have shares in the score and may have a say in the importance
    /// weights, which all share, and a network that fails is left out instead of stopping its run.
    /// </summary>
    public MemberScale? MemberScale { get; init; }

    /// <summary>
    /// What is done to each image before all are brought to [0, 1] by one scale; null, where the data are images, for
    /// <see cref="ImageNormalization.GlobalContrast"/>, or <see cref="ImageNormalization.SmoothContrast"/> for <see cref="BaseModel.Auto"/>. Tables have none: <see cref="Scaling"/> is for them.
    /// </summary>
    public ImageNormalization? Normalization { get; init; }

    /// <summary>
    /// How the features of a table are scaled; null for <see cref="FeatureScaling.Robust"/> where the data are a table. Images have
    /// none.
    /// </summary>
    public FeatureScaling? Scaling { get; init; }

    /// <summary>What takes the place of missing cells, in training and in every row that is scored.</summary>
    public Imputation Imputation { get; init; }

    /// <summary>How the rounds train.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How the threshold is set; null for <see cref="ThresholdRule.Default"/>.</summary>
    public ThresholdRule? Threshold { get; init; }

    /// <summary>
    /// Where to train; null for the CPU with <see cref="Threads"/>. It stays the caller's to dispose. A detector always scores on
    /// the CPU.
    /// </summary>
    public IDevice? Device { get; init; }

    /// <summary>Threads to train on; 0 for one per core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether the families are those that <see cref="BaseModel.Auto"/> stands for.</summary>
    internal bool IsExpanded { get; init; }

    /// <summary>What each run is made of, however it was said.</summary>
    internal IReadOnlyList<DetectorFamily> AllFamilies => Families.Count > 0
        ? Families
        : [new DetectorFamily { Model = Model, Network = Network, Count = Training.Ensemble, Epochs = Training.Epochs }];

    /// <summary>The options with everything set that depends on the data, as <see cref="AnomalyDetector.Fit"/> uses them.</summary>
    /// <exception cref="ArgumentException">A value is out of its range, or a family has no place in the data.</exception>
    public FitOptions FilledFor(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return FilledFor(data.Rows, data.Features, data.Image);
    }

    /// <summary>The same of data of which no more is known than this.</summary>
    /// <param name="rows">n.</param>
    /// <param name="features">The d columns.</param>
    /// <param name="image">How each row makes up an image; null for a table.</param>
    /// <exception cref="ArgumentException">A value is out of its range, or a family has no place in the data.</exception>
    internal FitOptions FilledFor(int rows, IReadOnlyList<FeatureColumn> features, ImageShape? image)
    {
        Validate();
        if (Model is AutomaticCommittee && Families.Count == 0) return Expand(features, image).FilledFor(rows, features, image);
        TrainingOptions training = Training.FilledFor(image is not null, [.. AllFamilies.Select(family => family.Model)]);
        int networks = AllFamilies.Sum(family => family.Count);
        DetectorFamily[] families = [.. AllFamilies.Select(Filled)];
        return this with
        {
            // What is said of families is also said of the first of them where it can be said of one only.
            Model = IsAuto ? Model : families[0].Model,
            Network = IsAuto ? NetworkSpec.None : families[0].Network,
            Families = Families.Count == 0 ? [] : families,
            Normalization = Normalization ?? (image is null ? null : ImageNormalization.GlobalContrast),
            Scaling = Scaling ?? (image is null ? FeatureScaling.Robust : null),
            Threshold = Threshold ?? (families.Length == 1 ? families[0].Model.DefaultThreshold : ThresholdRule.Default),
            Training = training with { Epochs = families[0].Epochs, Ensemble = networks },
        };

        DetectorFamily Filled(DetectorFamily family) =>
            family.FilledFor(rows, features, image, training, IsCommittee && family.Count == 1 ? 1 : networks);
    }

    /// <summary>What <see cref="BaseModel.Auto"/> stands for with some data.</summary>
    private FitOptions Expand(IReadOnlyList<FeatureColumn> features, ImageShape? image)
    {
        RequireLeftToAuto(Network is null, "the network");
        RequireLeftToAuto(Training.Epochs is null, "epochs");
        RequireLeftToAuto(Training.Ensemble == 1, "an ensemble");
        RequireLeftToAuto(!Training.IsLearningRateSet, "a learning rate");
        return this with
        {
            IsExpanded = true,
            Families = image is { } shape ? AutomaticFamilies.ForImages(shape) : AutomaticFamilies.ForTables(features.Sum(ColumnPreparation.WidthOf)),
            Normalization = Normalization ?? (image is null ? null : ImageNormalization.SmoothContrast),
            Training = Training.FilledFor(image is not null, Model),
            MemberScale = IadNative.MemberScale.Quartiles,
        };
    }

    private static void RequireLeftToAuto(bool isLeft, string what)
    {
        if (!isLeft)
            throw new ArgumentException($"The model {BaseModel.Auto.Name} leaves no choice of {what}. Name a model, such as {BaseModel.OneClassSvdd.Name}.");
    }

    private bool IsAuto => IsExpanded && Model is AutomaticCommittee;

    private bool IsCommittee => MemberScale == IadNative.MemberScale.Quartiles;

    /// <summary>How the networks of a run are brought to one scale: none, for the models', where there is nothing to bring together.</summary>
    internal MemberScale? UsedScale =>
        AllFamilies.Sum(family => family.Count) > 1 || Training.Termination.KeptOf(Training.Rounds) > 1 ? MemberScale : null;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range, or two do not go together.</exception>
    public void Validate()
    {
        if (Normalization is { } normalization && !Enum.IsDefined(normalization))
            throw new ArgumentException($"There is no normalisation {Normalization}.", nameof(Normalization));
        if (Scaling is { } scaling && !Enum.IsDefined(scaling)) throw new ArgumentException($"There is no scaling {Scaling}.", nameof(Scaling));
        if (!Enum.IsDefined(Imputation)) throw new ArgumentException($"There is no imputation {Imputation}.", nameof(Imputation));
        ArgumentNullException.ThrowIfNull(Model);
        ArgumentNullException.ThrowIfNull(Training);
        ArgumentNullException.ThrowIfNull(Families);
        Model.Validate();
        Training.Validate();
        foreach (DetectorFamily family in Families)
        {
            ArgumentNullException.ThrowIfNull(family, nameof(Families));
            family.Validate();
        }

        long networks = AllFamilies.Sum(family => (long)family.Count);
        if (networks > 1_000)
            throw new ArgumentException($"The families have {networks} networks per run; allowed are 1,000 networks.", nameof(Families));
        int kept = Training.Termination.KeptOf(Training.Rounds);
        if (networks * kept > 1_000)
        {
            throw new ArgumentException(
                $"{kept} rounds of {networks} networks would be kept; allowed are 1,000 networks. Average fewer rounds.", nameof(Training));
        }

        ValidateScale();
        if (SharedWeights && AllFamilies.Count > 1 && AllFamilies.FirstOrDefault(family => family.Model.Weighs == WeighedScore.Density) is { } byDensity)
        {
            throw new ArgumentException(
                $"Importance weights that all families share cannot follow the density of {byDensity.Model.Title} alone. "
                + "Give each family its own.", nameof(SharedWeights));
        }

        if (Threshold == ThresholdRule.Radius && !AllFamilies.All(family => family.Model.HasBoundary))
        {
            throw new ArgumentException(
                "Only soft-boundary Deep SVDD (svdd-soft) has a radius to use as threshold.", nameof(Threshold));
        }

        if (Threads is < 0 or > 4096)
            throw new ArgumentException($"Threads is {Threads}; allowed is 0 (one per core) to 4,096.", nameof(Threads));
    }

    private void ValidateScale()
    {
        if (MemberScale is { } scale && !Enum.IsDefined(scale)) throw new ArgumentException($"There is no scale {MemberScale}.", nameof(MemberScale));
        IReadOnlyList<DetectorFamily> families = AllFamilies;
        if (!IsCommittee)
        {
            if (families.Any(family => family.HasRole))
            {
                throw new ArgumentException(
                    "Only where scores are brought to the scale of their quartiles have families shares in the score and a say in the importance "
                    + $"weights. Set {nameof(MemberScale)} to {nameof(IadNative.MemberScale.Quartiles)}, or leave weights and votes away.",
                    nameof(MemberScale));
            }

            return;
        }

        if (!SharedWeights)
            throw new ArgumentException("A committee by quartiles has importance weights that all families share.", nameof(SharedWeights));
        if (families.FirstOrDefault(family => family.Model.Weighs == WeighedScore.Density) is { } byDensity)
        {
            throw new ArgumentException(
                $"The importance weights of a committee cannot follow the density of {byDensity.Model.Title}.", nameof(MemberScale));
        }

        if (!families.Any(family => family is { Votes: true, Weight: > 0 }))
            throw new ArgumentException("No family with a share in the score has a say in the importance weights.", nameof(Families));
    }
}
