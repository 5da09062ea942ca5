using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>Networks of a detector that are alike but for their random numbers.</summary>
public sealed record DetectorFamily
{
    /// <summary>The base model.</summary>
    public BaseModel Model { get; init; } = BaseModel.OneClassSvdd;

    /// <summary>The network; null for the default of model and features.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>
    /// The features that the networks see, by their place in a row from 0, in the order in which they see them; null for all d in
    /// the order of a row.
    /// </summary>
    public IReadOnlyList<int>? Columns { get; init; }

    /// <summary>Networks per run.</summary>
    public int Count { get; init; } = 1;

    /// <summary>
    /// Epochs per round; null for <see cref="TrainingOptions.Epochs"/> or else the model's default. A model without a network takes
    /// one, whatever is said.
    /// </summary>
    public int? Epochs { get; init; }

    /// <summary>Whether model, network, features in their order, number and epochs are the same.</summary>
    public bool Equals(DetectorFamily? other) =>
        other is not null && (Model, Network, Count, Epochs) == (other.Model, other.Network, other.Count, other.Epochs)
        && (Columns is null ? other.Columns is null : other.Columns is not null && Columns.SequenceEqual(other.Columns));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Model, Network, Count, Epochs, Columns?.Count);

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Model);
        Model.Validate();
        OptionRange.Require(Count is >= 1 and <= 1_000, nameof(Count), Count, "1 to 1,000");
        OptionRange.Require(Epochs is null or (>= 1 and <= 65_535), nameof(Epochs), Epochs, "1 to 65,535");
        if (Columns is not { } columns) return;
        if (columns.Count == 0 || columns.Any(column => column < 0) || columns.Distinct().Count() < columns.Count)
        {
            throw new ArgumentException(
                $"The columns {string.Join(", ", columns)} are no choice of features: each is named once, from 0, and at least one is.",
                nameof(Columns));
        }
    }

    /// <summary>The family with everything set that depends on the data.</summary>
    /// <param name="data">n samples of d features.</param>
    /// <param name="epochs">Epochs per round where the family names none; null for the model's default.</param>
    internal DetectorFamily FilledFor(Dataset data, int? epochs)
    {
        int features = WidthIn(data.Features);
        ImageShape? image = Columns is null ? data.Image : null;
        NetworkSpec network = Network ?? Model.DefaultNetwork(features, image);

        // Square images need no saying.
        bool isOblong = network.Convolutions.Count > 0 && network.Image is null && image is { } shape && shape.Height != shape.Width;
        return this with
        {
            Network = isOblong ? network with { Image = image } : network,
            Epochs = Model.HasNetwork ? Epochs ?? epochs ?? Model.DefaultEpochs : Model.DefaultEpochs,
        };
    }

    /// <summary>Features that the networks see: of a category's column there may be several.</summary>
    /// <param name="columns">The d columns of the table.</param>
    /// <exception cref="ArgumentException">There are not as many columns.</exception>
    internal int WidthIn(IReadOnlyList<FeatureColumn> columns)
    {
        if (Columns is not { } chosen) return columns.Sum(ColumnPreparation.WidthOf);
        int last = chosen.Max();
        if (last >= columns.Count)
            throw new ArgumentException($"There is no column {last}: a row has {columns.Count} features, from 0.", nameof(columns));
        return chosen.Sum(column => ColumnPreparation.WidthOf(columns[column]));
    }
}
