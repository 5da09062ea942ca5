using IadNative.Compute;
using IadNative.Data;
using IadNative.Messages;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// A model that IAD trains: its names, its defaults and its own options, and the plan that its network, score and loss make.
/// A model is a value: two with the same options are equal.
/// </summary>
public abstract record BaseModel
{
    /// <summary>The default: a committee, of other members on images than on tables.</summary>
    public static BaseModel Auto { get; } = new AutomaticCommittee();

    /// <summary>One-class Deep SVDD with its default options.</summary>
    public static BaseModel OneClassSvdd { get; } = new OneClassSvdd();

    /// <summary>Soft-boundary Deep SVDD with its default options.</summary>
    public static BaseModel SoftBoundarySvdd { get; } = new SoftBoundarySvdd();

    /// <summary>The autoencoder.</summary>
    public static BaseModel Autoencoder { get; } = new Autoencoder();

    /// <summary>The masked autoregressive flow with its default options.</summary>
    public static BaseModel MaskedAutoregressiveFlow { get; } = new MaskedAutoregressiveFlow();

    /// <summary>The discriminative autoencoder, DRAE, with its default options.</summary>
    public static BaseModel DiscriminativeAutoencoder { get; } = new DiscriminativeAutoencoder();

    /// <summary>The autoencoder with a robust subspace, RSRAE, with its default options.</summary>
    public static BaseModel RobustSubspaceAutoencoder { get; } = new RobustSubspaceAutoencoder();

    /// <summary>OneFlow with its default options.</summary>
    public static BaseModel OneFlow { get; } = new OneFlow();

    /// <summary>SDOR, self-trained deep ordinal regression, with its default options.</summary>
    public static BaseModel SelfTrainedOrdinalRegression { get; } = new SelfTrainedOrdinalRegression();

    /// <summary>DAGPR, autoencoding Gaussian process regression.</summary>
    public static BaseModel AutoencodingGaussianProcess { get; } = new AutoencodingGaussianProcess();

    /// <summary>The Gaussian with full covariance.</summary>
    public static BaseModel Gaussian { get; } = new Gaussian();

    /// <summary>All models but <see cref="Auto"/>, which is made of them, each with its default options.</summary>
    public static IReadOnlyList<BaseModel> All { get; } =
    [
        OneClassSvdd, SoftBoundarySvdd, Autoencoder, MaskedAutoregressiveFlow, DiscriminativeAutoencoder, RobustSubspaceAutoencoder, OneFlow,
        SelfTrainedOrdinalRegression, AutoencodingGaussianProcess, Gaussian,
    ];

    /// <summary>The short names of all models, as the command line and the model file write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto.Name, .. All.Select(model => model.Name)];

    /// <summary>The short name, as the command line and the model file write it, such as <c>svdd</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What people call it, such as Deep SVDD.</summary>
    public abstract string Title { get; }

    /// <summary>
    /// Whether it is a network that steps train. Otherwise it is fitted in closed form: its network is <see cref="NetworkSpec.None"/>,
    /// and epochs, batches, Adam's options and what a round starts from mean nothing to it.
    /// </summary>
    public virtual bool HasNetwork => true;

    /// <summary>Epochs per round when none are chosen, on a table.</summary>
    public virtual int DefaultEpochs => 20;

    /// <summary>Trainings after the first when none are chosen, on a table; null for what depends on the data alone.</summary>
    public virtual int? DefaultRounds => null;

    /// <summary>1/τ when none is chosen (Eq. 13).</summary>
    public virtual double DefaultInverseTau => 4;

    /// <summary>Whether the last round is kept where no rule is chosen.</summary>
    public virtual bool KeepsLastRound => false;

    /// <summary>Where anomalies begin when no rule is chosen.</summary>
    public virtual ThresholdRule DefaultThreshold => ThresholdRule.Default;

    /// <summary>Whether <see cref="ThresholdRule.Radius"/> is for this model: it learns a boundary of its own.</summary>
    public virtual bool HasBoundary => false;

    /// <summary>Samples per step when no number is chosen; null for what depends on the data alone.</summary>
    /// <param name="images">Whether it trains on images.</param>
    internal virtual int? DefaultBatchSize(bool images) => null;

    /// <summary>Adam's step size when none is chosen; null for what depends on the data alone.</summary>
    /// <param name="images">Whether it trains on images.</param>
    internal virtual double? DefaultLearningRate(bool images) => null;

    /// <summary>Trainings after the first when none are chosen; null for what depends on the data alone.</summary>
    /// <param name="images">Whether it trains on images.</param>
    internal virtual int? DefaultRoundsOn(bool images) => DefaultRounds;

    /// <summary>Epochs per round when none are chosen.</summary>
    /// <param name="images">Whether it trains on images.</param>
    internal virtual int DefaultEpochsOn(bool images) => DefaultEpochs;

    /// <summary>How the scores of an ensemble's members are brought to one scale.</summary>
    internal virtual MemberScale MemberScale => MemberScale.DivideByMedian;

    /// <summary>The form of the scores that importance weights follow.</summary>
    internal virtual WeighedScore Weighs => WeighedScore.Plain;

    /// <summary>How it trains on labels of its own scores' making; null where it trains on importance weights.</summary>
    internal virtual SelfTraining? SelfTraining => null;

    /// <summary>The model of a short name, with its default options.</summary>
    /// <exception cref="FormatException">There is no such model.</exception>
    public static BaseModel Parse(string name) => name == Auto.Name ? Auto : All.FirstOrDefault(model => model.Name == name)
        ?? throw new FormatException($"{ForeignText.Quote(name)} is no model. Use {string.Join(", ", Names)}.");

    /// <summary>The network when none is chosen.</summary>
    /// <param name="features">d.</param>
    /// <param name="image">The images whose values the features are; null for a table.</param>
    public abstract NetworkSpec DefaultNetwork(int features, ImageShape? image);

    /// <summary>The model that is trained first, and for how many epochs; null for none.</summary>
    /// <param name="epochs">Epochs that are asked for.</param>
    internal virtual Pretraining? Pretraining(int epochs) => null;

    /// <summary>The model with all set that depends on the number of rows it trains on.</summary>
    /// <param name="rows">n.</param>
    internal virtual BaseModel FilledFor(int rows) => this;

    /// <summary>Checks the model's own options.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>The plan of the model with a network on d features.</summary>
    /// <param name="network">The network's shape.</param>
    /// <param name="features">d.</param>
    /// <param name="epochs">Epochs per round.</param>
    /// <exception cref="ArgumentException">The network does not fit the features or the model.</exception>
    internal abstract Plan WritePlan(NetworkSpec network, int features, int epochs);

    /// <summary>Whether a state block holds what training can have left there; finite numbers are taken for granted.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="state">The plan's state block.</param>
    internal virtual bool Accepts(Plan plan, ReadOnlySpan<float> state) => true;

    /// <summary>The score at which the model's own boundary lies, for a model that has one.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="state">The plan's state block.</param>
    internal virtual float Boundary(Plan plan, ReadOnlySpan<float> state) =>
        throw new InvalidOperationException($"{Title} has no boundary of its own.");

    /// <summary>32-16-8 for up to 100 features, 128-64-32 above; LeNet for images whose sides can be halved twice.</summary>
    private protected static NetworkSpec DefaultEncoder(int features, ImageShape? image) =>
        image is { } shape && shape.Height % 4 == 0 && shape.Width % 4 == 0 ? NetworkSpec.LeNetMnist
        : features <= 100 ? new(32, 16, 8)
        : new(128, 64, 32);
}
