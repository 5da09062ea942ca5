using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// A fitted anomaly detector: scores rows of features; the higher the score, the more anomalous. Safe for concurrent use.
/// </summary>
public sealed class AnomalyDetector
{
    internal AnomalyDetector(DetectorContent content)
        : this(content, new RowScorer(content.Members, content.Scaler, content.Options.Normalization))
    {
    }

    /// <summary>A detector whose members are folded already.</summary>
    internal AnomalyDetector(DetectorContent content, RowScorer scorer) => (Content, Scorer) = (content, scorer);

    /// <summary>The base model; of a detector of several families that of the first.</summary>
    public BaseModel Model => Content.Options.Model;

    /// <summary>The network of each member; of a detector of several families that of the first.</summary>
    public NetworkSpec Network => Content.Options.Network!;

    /// <summary>Networks whose scores are averaged; 1 without an ensemble.</summary>
    public int Members => Content.Members.Count;

    /// <summary>Whether a score is a sum over features, which <see cref="Explain"/> tells apart: only autoencoders' is.</summary>
    public bool ExplainsFeatures => Content.Members.All(member => member.Model.ExplainsFeatures);

    /// <summary>d: features of a row.</summary>
    public int Features => FeatureNames.Count;

    /// <summary>Names of the d features, in the order of a row.</summary>
    public IReadOnlyList<string> FeatureNames => Content.FeatureNames;

    /// <summary>The images whose values, row by row, are the features; null for a detector of tables.</summary>
    public ImageShape? Image => Content.Image;

    /// <summary>Scores above this are labelled anomalous.</summary>
    public float Threshold => Content.Threshold;

    /// <summary>How the model was fitted, with network and threshold rule filled in.</summary>
    public FitOptions Options => Content.Options;

    /// <summary>The round of IAD that this detector's networks come from.</summary>
    public int Round => Content.Round;

    /// <summary>The seed of the run that this detector's networks come from.</summary>
    public ulong Seed => Content.Seed;

    /// <summary>Version of the library that fitted the model.</summary>
    public string CreatedBy => Content.CreatedBy;

    /// <summary>
    /// Whether the bytes that the model was loaded from are proved to be those that were saved, by their checksum. False for files of
    /// earlier versions, which have none: a changed bit there may have changed scores. True for a detector that was just fitted.
    /// </summary>
    public bool IsChecked => Content.IsChecked;

    internal DetectorContent Content { get; }

    internal RowScorer Scorer { get; }

    /// <summary>Fits a detector by IAD (Algorithm 1) on data that may contain anomalies.</summary>
    /// <param name="data">n samples of d features. Labels, when there are any, are only reported on.</param>
    /// <param name="options">What to fit and how; null for the defaults.</param>
    /// <param name="progress">Receives progress a few times a second and the reports at each round's end, from any thread.</param>
    /// <param name="cancellationToken">Stops training between two epochs of a network.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the data cannot be trained on.</exception>
    /// <exception cref="TrainingFailedException">Every run met a loss or score that is not finite in its first round.</exception>
    /// <exception cref="DeviceFailedException">
    /// <see cref="FitOptions.Device"/> failed before any run had finished a round; later, the result holds what was finished and
    /// an alarm.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public static FitResult Fit(Dataset data, FitOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return DetectorFit.Run(data, options ?? new FitOptions(), progress, cancellationToken);
    }

    /// <summary>Reads a model file. Nothing in it is trusted and no code in it is run.</summary>
    /// <exception cref="ModelFormatException">The file is no model, damaged, or of a newer format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AnomalyDetector Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path);
    }

    /// <summary>Reads a model from a stream. Nothing in it is trusted and no code in it is run.</summary>
    /// <param name="stream">The model file's bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="ModelFormatException">The stream is no model, damaged, or of a newer format.</exception>
    public static AnomalyDetector Load(Stream stream, string name) => new(DetectorFile.Read(stream, name));

    /// <summary>Writes the model file: to a temporary file beside it, then renamed.</summary>
    /// <exception cref="IOException">The file cannot be written; an older file of that name is left as it was.</exception>
    public void Save(string path) => Persistence.AtomicFile.Write(path, Save);

    /// <summary>Writes the model file's bytes.</summary>
    public void Save(Stream stream) => DetectorFile.Write(Content, stream);

    /// <summary>
    /// Anomaly score of one row of d raw features. It allocates nothing but buffers that are kept for later calls: those of a first
    /// image or of members that see a choice of features, and a set where more threads score at once than ever before.
    /// </summary>
    /// <returns>The score; <see cref="float.MaxValue"/> when it is not finite (a feature is not, or lies too far out).</returns>
    /// <exception cref="ArgumentException">The row does not have d features.</exception>
    public float Score(ReadOnlySpan<float> row)
    {
        Span<float> score = stackalloc float[1];
        Score(row, score, threads: 1);
        return score[0];
    }

    /// <summary>Anomaly scores of n rows, each the same to the bit as if scored alone, whatever the threads.</summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="scores">Receives the n scores; <see cref="float.MaxValue"/> for one that is not finite.</param>
    /// <param name="threads">
    /// Threads that may share the rows out among them: without it, or at 0, one per core. So few rows that sharing would not pay
    /// are scored on the calling thread alone. With 1, all are, and the call allocates no more than that of a single row; each call
    /// that shares out allocates a few objects, and a set of buffers where threads score that have none yet. A caller that is itself
    /// one of many threads, or must not allocate, passes 1.
    /// </param>
    /// <exception cref="ArgumentException">The lengths do not fit, or <paramref name="threads"/> is negative.</exception>
    public void Score(ReadOnlySpan<float> rows, Span<float> scores, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (rows.Length != (long)scores.Length * Features)
        {
            throw new ArgumentException(
                $"{scores.Length} scores need {scores.Length} rows of {Features} features, "
                + $"{(long)scores.Length * Features} numbers, but {rows.Length} were given.",
                nameof(rows));
        }

        Scorer.Score(rows, scores, threads);
    }

    /// <summary>
    /// What each feature of n rows adds to an autoencoder's score (Eq. 10): its squared reconstruction error in standardised
    /// units, of images in units of the training images' range; for an ensemble the mean over the members of that error divided
    /// by the member's median score. The d contributions of a row sum to its score up to float32 rounding, because the score
    /// rounds once per feature what here rounds on squaring too. Runs on the calling thread, and allocates as the score of a row
    /// does.
    /// </summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="contributions">Receives n × d contributions, row-major; <see cref="float.MaxValue"/> for one that is not
    /// finite.</param>
    /// <exception cref="InvalidOperationException">The model is no autoencoder: its score is no sum over features.</exception>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Explain(ReadOnlySpan<float> rows, Span<float> contributions)
    {
        if (Content.Members.FirstOrDefault(member => !member.Model.ExplainsFeatures) is { } other)
        {
            throw new InvalidOperationException(
                $"Only an autoencoder's score is a sum over features, but this model is {other.Model.Name}.");
        }

        if (rows.Length % Features != 0 || contributions.Length != rows.Length)
        {
            throw new ArgumentException(
                $"Rows of {Features} features and as many contributions are needed, but {rows.Length} numbers with room for "
                + $"{contributions.Length} contributions were given.",
                nameof(contributions));
        }

        Scorer.Explain(rows, contributions);
    }

    /// <summary>Whether a score lies above <see cref="Threshold"/>.</summary>
    public bool IsAnomaly(float score) => score > Threshold;

    /// <summary>Where a score stands among the training scores, 0 to 100.</summary>
    public double Percentile(float score) => Quantiles.Percentile(Content.Quantiles, score);
}
