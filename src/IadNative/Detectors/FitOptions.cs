using IadNative.Compute;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>What to fit and how.</summary>
public sealed record FitOptions
{
    /// <summary>The base model.</summary>
    public BaseModel Model { get; init; } = BaseModel.OneClassSvdd;

    /// <summary>The network; null for <see cref="DefaultNetwork"/> of the data.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>
    /// What is done to each image before all are brought to [0, 1] by one scale; null for
    /// <see cref="ImageNormalization.GlobalContrast"/> where the data are images. Tables have none: they are standardised.
    /// </summary>
    public ImageNormalization? Normalization { get; init; }

    /// <summary>How the rounds train; <see cref="TrainingOptions.ForImages"/> is made for images.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How the threshold is set; null for <see cref="ThresholdRule.Default"/> of the model.</summary>
    public ThresholdRule? Threshold { get; init; }

    /// <summary>
    /// Where to train; null for the CPU with <see cref="Threads"/>. It stays the caller's to dispose. A detector always scores on
    /// the CPU.
    /// </summary>
    public IDevice? Device { get; init; }

    /// <summary>Threads to train on; 0 for one per core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// The network of a model when none is chosen. Images whose sides are multiples of 4 get convolutions, except from flows.
    /// </summary>
    public static NetworkSpec DefaultNetwork(BaseModel model, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (model == BaseModel.MaskedAutoregressiveFlow) return NetworkSpec.DefaultFlow;
        bool canHalveTwice = data.Image is { } image && image.Height % 4 == 0 && image.Width % 4 == 0;
        return canHalveTwice ? NetworkSpec.LeNetMnist : NetworkSpec.Default(data.Columns);
    }

    /// <summary>Epochs per round of a model when none are chosen: 5 for flows, 20 for the others.</summary>
    public static int DefaultEpochs(BaseModel model) => model == BaseModel.MaskedAutoregressiveFlow ? 5 : 20;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range, or two do not go together.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Model)) throw new ArgumentException($"There is no base model {Model}.", nameof(Model));
        if (Normalization is { } normalization && !Enum.IsDefined(normalization))
            throw new ArgumentException($"There is no normalisation {Normalization}.", nameof(Normalization));
        Training.Validate();
        if (Training.PretrainEpochs > 0 && Model is BaseModel.Autoencoder or BaseModel.MaskedAutoregressiveFlow)
            throw new ArgumentException("Pretraining prepares the encoder of Deep SVDD; other models have none.", nameof(Training));
        if (Threshold == ThresholdRule.Radius && Model != BaseModel.SoftBoundarySvdd)
        {
            throw new ArgumentException(
                "Only soft-boundary Deep SVDD (svdd-soft) has a radius to use as threshold.", nameof(Threshold));
        }

        if (Training.WeightByDensity && Model != BaseModel.MaskedAutoregressiveFlow)
            throw new ArgumentException("Only a flow (maf) has a density to weight by.", nameof(Training));
        if (Threads is < 0 or > 4096)
            throw new ArgumentException($"Threads is {Threads}; allowed is 0 (one per core) to 4,096.", nameof(Threads));
    }
}
