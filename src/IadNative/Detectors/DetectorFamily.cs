using System.Globalization;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Iad.Members;
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

    /// <summary>
    /// Features that each network sees, drawn for each anew from those of <see cref="Columns"/> or from all, in random order; all of
    /// these in random order where there are not more. Null where all networks see the same.
    /// </summary>
    public int? ColumnsPerMember { get; init; }

    /// <summary>
    /// Steps per round, from which <see cref="Epochs"/> follow: max(1, round(steps/⌈rows/batch⌉)), 65,535 at most; null where epochs
    /// are chosen themselves.
    /// </summary>
    public int? Steps { get; init; }

    /// <summary>
    /// Rows that each network trains on at most, drawn for each anew; null for no limit. A network on its own has all rows, one of
    /// several 80% of them; in a committee the only one of its family has all.
    /// </summary>
    public int? RowsPerMember { get; init; }

    /// <summary>Adam's step size; null for <see cref="TrainingOptions.LearningRate"/>.</summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// Every prepared feature goes into the networks on a scale from 0 to this, by its smallest and largest training value; null for
    /// standardised features.
    /// </summary>
    public double? Range { get; init; }

    /// <summary>Share in the score, with <see cref="MemberScale.Quartiles"/>: the families' mean scores are averaged by it.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Whether importance weights follow its scores, with <see cref="MemberScale.Quartiles"/>; all families train on them.</summary>
    public bool Votes { get; init; } = true;

    /// <summary>Whether the importance of the family is other than that of all: only a committee knows of that.</summary>
    internal bool HasRole => Weight != 1 || !Votes;

    /// <summary>Whether model files of formats before the fourth cannot describe it.</summary>
    internal bool IsOfCommittee => (ColumnsPerMember, Steps, RowsPerMember, LearningRate, Range) != default || HasRole;

    /// <summary>Whether all values are the same, features in their order.</summary>
    public bool Equals(DetectorFamily? other) =>
        other is not null && (Model, Network, Count, Epochs) == (other.Model, other.Network, other.Count, other.Epochs)
        && (ColumnsPerMember, Steps, RowsPerMember, LearningRate, Range, Weight, Votes)
            == (other.ColumnsPerMember, other.Steps, other.RowsPerMember, other.LearningRate, other.Range, other.Weight, other.Votes)
        && (Columns is null ? other.Columns is null : other.Columns is not null && Columns.SequenceEqual(other.Columns));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Model, Network, Count, Epochs, Columns?.Count, ColumnsPerMember, Weight, Votes);

    /// <summary>The family in a few words, such as <c>96 svdd 8-8-4 on 8 features each</c>.</summary>
    public override string ToString()
    {
        string network = Network is { } shape && Model.HasNetwork ? $" {shape}" : "";
        string features = ColumnsPerMember is { } own ? $" on {own} features each" : Columns is { } shared ? $" on {shared.Count} features" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Count} {Model.Name}{network}{features}");
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Model);
        Model.Validate();
        if (Model is AutomaticCommittee)
            throw new ArgumentException($"The model {Model.Name} is made of families and is none itself. Name another.", nameof(Model));
        OptionRange.Require(Count is >= 1 and <= 1_000, nameof(Count), Count, "1 to 1,000");
        OptionRange.Require(Epochs is null or (>= 1 and <= 65_535), nameof(Epochs), Epochs, "1 to 65,535");
        OptionRange.Require(ColumnsPerMember is null or >= 1, nameof(ColumnsPerMember), ColumnsPerMember, "1 or more");
        OptionRange.Require(Steps is null or >= 1, nameof(Steps), Steps, "1 or more");
        OptionRange.Require(RowsPerMember is null or >= 2, nameof(RowsPerMember), RowsPerMember, "2 or more");
        OptionRange.Require(LearningRate is null or (> 0 and <= 10), nameof(LearningRate), LearningRate, "above 0, at most 10");
        OptionRange.Require(Range is null or (> 0 and <= 1e6), nameof(Range), Range, "above 0, at most 1,000,000");
        OptionRange.Require(Weight is >= 0 and <= 1e6, nameof(Weight), Weight, "0 to 1,000,000");
        if (ColumnsPerMember is not null && Network is { Convolutions.Count: > 0 })
        {
            throw new ArgumentException(
                $"Networks with convolutions see whole images; leave {nameof(ColumnsPerMember)} away.", nameof(ColumnsPerMember));
        }

        if (Range > 1 && Model is Autoencoder { HasSigmoid: true })
        {
            throw new ArgumentException(
                FormattableString.Invariant($"What comes out of a sigmoid lies between 0 and 1, and features on a scale to {Range} do not. Leave one of them away."), nameof(Range));
        }

        if (Columns is not { } columns) return;
        if (columns.Count == 0 || columns.Any(column => column < 0) || columns.Distinct().Count() < columns.Count)
        {
            throw new ArgumentException(
                $"The columns {string.Join(", ", columns)} are no choice of features: each is named once, from 0, and at least one is.",
                nameof(Columns));
        }
    }

    /// <summary>The family with everything set that depends on the data.</summary>
    /// <param name="samples">n.</param>
    /// <param name="columns">The d columns of the table.</param>
    /// <param name="shape">How each row makes up an image; null for a table.</param>
    /// <param name="training">How rounds train: epochs where the family names none, null for the model's default; and the batch.</param>
    /// <param name="networks">Networks of a run, of all families.</param>
    internal DetectorFamily FilledFor(int samples, IReadOnlyList<FeatureColumn> columns, ImageShape? shape, TrainingOptions training, int networks)
    {
        int features = WidthIn(columns);
        ImageShape? image = Columns is null && ColumnsPerMember is null ? shape : null;
        NetworkSpec network = Network ?? Model.DefaultNetwork(features, image);
        int rows = MemberRows.Count(networks, samples, RowsPerMember);

        // Square images need no saying.
        bool isOblong = network.Convolutions.Count > 0 && network.Image is null && image is { } sides && sides.Height != sides.Width;
        return this with
        {
            Model = Model.FilledFor(rows),
            Network = isOblong ? network with { Image = image } : network,
            Epochs = !Model.HasNetwork ? Model.DefaultEpochs
                : Steps is { } steps ? EpochsOf(steps, rows, training.BatchSize)
                : Epochs ?? training.Epochs ?? Model.DefaultEpochsOn(shape is not null),
        };
    }

    private static int EpochsOf(int steps, int rows, int batch)
    {
        int perEpoch = (int)Math.Max(1, ((long)rows + batch - 1) / batch);
        return (int)Math.Clamp(Math.Round((double)steps / perEpoch, MidpointRounding.AwayFromZero), 1, 65_535);
    }

    /// <summary>Features that each of the networks sees: of a category's column there may be several.</summary>
    /// <param name="columns">The d columns of the table.</param>
    /// <exception cref="ArgumentException">There are not as many columns.</exception>
    internal int WidthIn(IReadOnlyList<FeatureColumn> columns)
    {
        int width = PoolIn(columns);
        return ColumnsPerMember is { } most ? Math.Min(most, width) : width;
    }

    // Features that the networks see together.
    private int PoolIn(IReadOnlyList<FeatureColumn> columns)
    {
        if (Columns is not { } chosen) return columns.Sum(ColumnPreparation.WidthOf);
        int last = chosen.Max();
        if (last >= columns.Count)
            throw new ArgumentException($"There is no column {last}: a row has {columns.Count} features, from 0.", nameof(columns));
        return chosen.Sum(column => ColumnPreparation.WidthOf(columns[column]));
    }
}
