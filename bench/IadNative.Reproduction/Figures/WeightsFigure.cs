using System.Text.Json.Serialization;

namespace IadNative.Reproduction.Figures;

/// <summary>
/// Figure 5: importance weights of true normal samples and true anomalies over the rounds, and what the base model and IAD make
/// of the features.
/// </summary>
/// <param name="Model">Short name of the base model.</param>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Engine">What trained; see <see cref="EngineIdentity"/>.</param>
/// <param name="SelectedRound">The round that rank flips select.</param>
/// <param name="Rounds">(a): averages and medians of the weights that each round trains with, from round 0.</param>
/// <param name="Densities">(b): their distributions, from round 1; in round 0 all weights are 1.</param>
/// <param name="Base">(c), left: round 0.</param>
/// <param name="Iad">(c), right: the selected round.</param>
internal sealed record WeightsFigure(
    string Model, string Dataset, ulong Seed, string Engine, int SelectedRound, IReadOnlyList<RoundWeights> Rounds,
    IReadOnlyList<WeightDensity> Densities, FeatureView Base, FeatureView Iad) : FigureData
{
    /// <inheritdoc/>
    public override IReadOnlyList<CsvTable> Tables() =>
    [
        new("-weights", ["round", "normal_mean", "normal_median", "anomaly_mean", "anomaly_median"],
            Rounds.Select(round => (object?[])
                [round.Round, round.NormalMean, round.NormalMedian, round.AnomalyMean, round.AnomalyMedian])),
        new("-density", ["round", "weight", "normal", "anomaly"],
            Densities.SelectMany(density => Enumerable.Range(0, density.Weights.Count), (density, i) => (object?[])
                [density.Round, density.Weights[i], density.Normal[i], density.Anomaly[i]])),
        .. Base.Tables("-base"),
        .. Iad.Tables("-iad"),
    ];

    /// <summary>What no trial of Deep SVDD shows, in words that follow the name of the file that holds it; null where all of it can be.</summary>
    public string? FaultFor(Trial trial)
    {
        if ((Model, Dataset, Seed) != (trial.Cell.Model, trial.Cell.Dataset.Name, trial.Seed)) return "shows another training";
        if (Rounds.Count == 0 || Rounds.Count > trial.Cell.Settings.Training.Rounds + 1 || Rounds.Contains(null!)
            || SelectedRound < 0 || SelectedRound >= Rounds.Count) return "shows rounds that its settings do not have";
        bool whole = Densities.All(density => density is not null
            && density.Normal.Count == density.Weights.Count && density.Anomaly.Count == density.Weights.Count);
        return whole && Base.IsWhole && Iad.IsWhole ? null : "lacks some of its numbers, or holds an AUC that is not between 0 and 1";
    }
}

/// <summary>The weights that a round trains with, in a few numbers.</summary>
/// <param name="Round">t.</param>
/// <param name="NormalMean">Average over the true normal samples.</param>
/// <param name="NormalMedian">Median over the same.</param>
/// <param name="AnomalyMean">Average over the true anomalies.</param>
/// <param name="AnomalyMedian">Median over the same.</param>
internal sealed record RoundWeights(
    int Round, double NormalMean, double NormalMedian, double AnomalyMean, double AnomalyMedian);

/// <summary>The distribution of the weights that a round trains with, by kernel density estimation.</summary>
/// <param name="Round">t.</param>
/// <param name="Weights">Where the densities are given, rising from 0 to 1.</param>
/// <param name="Normal">Density of the true normal samples there.</param>
/// <param name="Anomaly">Density of the true anomalies there.</param>
internal sealed record WeightDensity(
    int Round, IReadOnlyList<double> Weights, IReadOnlyList<double> Normal, IReadOnlyList<double> Anomaly);

/// <summary>The features and scores of all samples in one round.</summary>
/// <param name="Round">t.</param>
/// <param name="Auc">The round's AUC, a fraction.</param>
/// <param name="Points">One per sample that is drawn: its place in two dimensions by t-SNE.</param>
/// <param name="CenterX">Where the hypersphere's center comes to lie.</param>
/// <param name="CenterY">Where the hypersphere's center comes to lie.</param>
/// <param name="Rings">Circles around the center that hold 25%, 50% and 75% of the points.</param>
/// <param name="Histogram">The anomaly scores of all samples.</param>
internal sealed record FeatureView(
    int Round, double Auc, IReadOnlyList<FeaturePoint> Points, double CenterX, double CenterY, IReadOnlyList<Ring> Rings,
    ScoreBins Histogram)
{
    /// <summary>Whether everything that is drawn is there, and the AUC is one.</summary>
    [JsonIgnore]
    public bool IsWhole => Auc is >= 0 and <= 1 && !Points.Contains(null!) && !Rings.Contains(null!)
        && Histogram.Normal.Count == Histogram.Anomaly.Count && Histogram.Edges.Count == Histogram.Normal.Count + 1;

    /// <summary>The same as tables.</summary>
    public IEnumerable<CsvTable> Tables(string name) =>
    [
        new(name + "-features", ["x", "y", "anomaly", "score"],
            Points.Select(point => (object?[])[point.X, point.Y, point.Anomaly ? 1 : 0, point.Score])),
        new(name + "-histogram", ["log10_score_from", "log10_score_to", "normal", "anomaly"],
            Enumerable.Range(0, Histogram.Normal.Count).Select(i => (object?[])
                [Histogram.Edges[i], Histogram.Edges[i + 1], Histogram.Normal[i], Histogram.Anomaly[i]])),
    ];
}

/// <summary>A sample's features in two dimensions.</summary>
/// <param name="X">First coordinate of t-SNE.</param>
/// <param name="Y">Second coordinate of t-SNE.</param>
/// <param name="Anomaly">Whether it is a true anomaly.</param>
/// <param name="Score">Its anomaly score, the squared distance to the center in feature space.</param>
internal sealed record FeaturePoint(double X, double Y, bool Anomaly, double Score);

/// <summary>A circle around the center.</summary>
/// <param name="Share">The part of the points that it holds, 0 to 1.</param>
/// <param name="Radius">Its radius in t-SNE's units.</param>
internal sealed record Ring(double Share, double Radius);

/// <summary>The decimal logarithms of all anomaly scores, which span many powers of ten, counted in bins of one width.</summary>
/// <param name="Edges">Edges of the bins in log10 of the score, rising, one more than bins.</param>
/// <param name="Normal">True normal samples per bin.</param>
/// <param name="Anomaly">True anomalies per bin.</param>
/// <param name="NormalFit">The Gaussian that fits the logarithms of the true normal samples.</param>
/// <param name="AnomalyFit">The Gaussian that fits the logarithms of the true anomalies.</param>
internal sealed record ScoreBins(
    IReadOnlyList<double> Edges, IReadOnlyList<int> Normal, IReadOnlyList<int> Anomaly, FittedGaussian NormalFit, FittedGaussian AnomalyFit);

/// <summary>A normal distribution.</summary>
/// <param name="Mean">Its mean.</param>
/// <param name="Std">Its standard deviation.</param>
internal sealed record FittedGaussian(double Mean, double Std);
