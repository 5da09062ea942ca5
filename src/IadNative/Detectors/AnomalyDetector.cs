using System.Numerics;
using System.Runtime.CompilerServices;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
using IadNative.Detectors;
using IadNative.Detectors.Drift;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// A fitted anomaly detector: scores rows of features, and explains, saves and goes on from what it has learned. Safe for concurrent use.
/// </summary>
public sealed class AnomalyDetector : ScoringDetector
{
    internal AnomalyDetector(DetectorContent content)
        : this(content, RowScorer.Of(
            content.Members, content.Preparation, content.Normalizer,
            TypicalRow.Of(content.Preparation, content.Scaler, content.Normalizer, content.Members),
            content.ScoringThreads))
    {
    }

    /// <summary>A detector whose members are folded already.</summary>
    internal AnomalyDetector(DetectorContent content, RowScorer scorer)
        : base(scorer, new ColumnSet(content.Features), content) => Content = content;

    /// <summary>The base model; of a detector of several families that of the first.</summary>
    public BaseModel Model => Content.Options.Model;

    /// <summary>The network of each member; of a detector of several families that of the first.</summary>
    public NetworkSpec Network => Content.Options.Network!;

    /// <summary>Networks whose scores are averaged; 1 without an ensemble.</summary>
    public int Members => Content.Members.Count;

    /// <summary>
    /// What the contributions of a row sum to its score from: with them the score of the row. 0 where the score is a sum over features;
    /// otherwise the score of the reference that <see cref="Explain(ReadOnlySpan{float}, Span{float})"/> compares rows with.
    /// </summary>
    public float ExplainedFrom => Scorer.ExplainedFrom;

    /// <summary>The images whose values, row by row, are the features; null for a detector of tables.</summary>
    public ImageShape? Image => Content.Image;

    /// <summary>How the model was fitted, with network and threshold rule filled in.</summary>
    public FitOptions Options => Content.Options;

    /// <summary>The round of IAD that this detector's networks come from; of several the last.</summary>
    public int Round => Content.Round;

    /// <summary>The rounds that this detector's networks come from, ascending: several where their scores are averaged.</summary>
    public IReadOnlyList<int> Rounds => Content.Rounds;

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

    /// <summary>The same detector with something else in the place of missing cells, learned from its training data.</summary>
    /// <exception cref="ArgumentException">There is no such imputation.</exception>
    /// <exception cref="InvalidOperationException">The model is of a version that did not keep what that is.</exception>
    public AnomalyDetector With(Imputation imputation)
    {
        if (!Enum.IsDefined(imputation)) throw new ArgumentException($"There is no imputation {imputation}.", nameof(imputation));
        return imputation == Options.Imputation
            ? this
            : new AnomalyDetector(Content with
            {
                Preparation = Content.Preparation.With(imputation),
                Options = Options with { Imputation = imputation },
            });
    }

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

    /// <summary>
    /// Fits a detector as <see cref="Fit"/> does, to the same bits, on a table that may be larger than memory. It is read once, into a temporary
    /// file; from that preparation learns what it has to, prepared rows go to a second one, and networks train on and score these where they lie.
    /// The files take 4 bytes of disk for each cell, up to 16 more for those of columns that float32 is too coarse for, 4 for each prepared
    /// feature, and 4 for each feature of a family with <see cref="DetectorFamily.Columns"/> of its own. Memory holds of a row what the loop keeps of
    /// it, such as scores and weights, and no features; DAGPR keeps its code.
    /// </summary>
    /// <param name="path">The file. It is read once, from front to back.</param>
    /// <param name="reading">How to read it; null takes the defaults.</param>
    /// <param name="options">What to fit and how; null for the defaults.</param>
    /// <param name="temporaryFolder">
    /// Where temporary files lie, which nobody else can open and which are gone at the end, however that comes; null for what TMPDIR names, then
    /// /var/tmp, which is on disk where /tmp may not be, then the system's folder.
    /// </param>
    /// <param name="progress">Receives progress of training a few times a second and the reports at each round's end, from any thread.</param>
    /// <param name="cancellationToken">
    /// Stops reading, whatever is done with rows before and after training between two stretches of them, and training between two epochs of a network.
    /// </param>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is null or empty, <paramref name="temporaryFolder"/> is empty, an option is out of range, a sample is asked for, or the
    /// data cannot be trained on.
    /// </exception>
    /// <exception cref="DataFormatException">The content cannot be used, or holds images.</exception>
    /// <exception cref="IOException">The file cannot be found or read; or a temporary file not be made, for want of room or else.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="TrainingFailedException">Every run met a loss or score that is not finite in its first round.</exception>
    /// <exception cref="DeviceFailedException">
    /// <see cref="FitOptions.Device"/> failed before any run had finished a round; later, the result holds what was finished and
    /// an alarm.
    /// </exception>
    /// <exception cref="OperationCanceledException">Reading or training was cancelled.</exception>
    public static FitResult FitOutOfCore(
        string path, DatasetReadOptions? reading = null, FitOptions? options = null, string? temporaryFolder = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        reading ??= new DatasetReadOptions();
        options ??= new FitOptions();
        options.Validate();
        using var folder = new TemporaryFolder(temporaryFolder);
        return DetectorFit.Run(Read(), options, progress, cancellationToken, folder: folder) with { Prepared = null };

        Dataset Read()
        {
            using TableReader reader = DatasetReader.Open(path, new ReadRequest(reading, ReaderLimits.OutOfCore), cancellationToken);
            return DatasetReader.ReadOutOfCore(reader, reading, folder, cancellationToken);
        }
    }

    /// <summary>
    /// Goes on learning from new data, from the networks as they are: round 0 scores the data with them, and every round after it trains on
    /// the importance weights of the scores before (Eq. 12–14), with Adam at its beginning and for a quarter of the epochs, unless
    /// <see cref="RefitOptions"/> say otherwise. Scaling, fills, shares of levels, thresholds and
    /// quantiles are learned anew; columns, the levels of categories, and the features that each network sees stay. A Gaussian
    /// is fitted anew on the weights. SDOR and DAGPR, whose labels come of pretraining, start anew, with fresh networks. The same detector,
    /// data and seed give the same bits.
    /// </summary>
    /// <param name="data">
    /// n samples with the detector's columns, which are found as <see cref="Score(Dataset, bool, int)"/> does. Levels that the detector does
    /// not know are like unseen ones. Labels are only reported on: <see cref="FitResult.Base"/> is this detector on these data.
    /// </param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Receives progress a few times a second and the reports at each round's end, from any thread.</param>
    /// <param name="cancellationToken">Stops training between two epochs of a network.</param>
    /// <returns>The new detector and all that was measured; this one stays as it is.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range; the data lack a column, hold other images or a table in place of images, or cannot be trained on.
    /// </exception>
    /// <exception cref="TrainingFailedException">A loss or score was not finite in the first round.</exception>
    /// <exception cref="DeviceFailedException">The device failed before a round was finished.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public FitResult Refit(Dataset data, RefitOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return DetectorRefit.Run(this, data, options ?? new RefitOptions(), progress, cancellationToken);
    }

    /// <summary>Reads a model file. Nothing in it is trusted and no code in it is run.</summary>
    /// <exception cref="ModelFormatException">
    /// The file is no model, damaged, of a newer format, or takes more memory than <see cref="LoadOptions.MostScoringBytes"/> by default.
    /// </exception>
    /// <exception cref="ArgumentException">The path is null, empty, or none.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is a folder or must not be read.</exception>
    public static AnomalyDetector Load(string path) => Load(path, new LoadOptions());

    /// <summary>Reads a model file. Nothing in it is trusted and no code in it is run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it may take.</param>
    /// <exception cref="ModelFormatException">The file is no model, damaged, of a newer format, or takes more memory than it may.</exception>
    /// <exception cref="ArgumentException">The path is null, empty, or none; or there are no options.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is a folder or must not be read.</exception>
    public static AnomalyDetector Load(string path, LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path, options);
    }

    /// <summary>Reads a model from a stream. Nothing in it is trusted and no code in it is run.</summary>
    /// <param name="stream">The model file's bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="ModelFormatException">
    /// The stream is no model, damaged, of a newer format, or takes more memory than <see cref="LoadOptions.MostScoringBytes"/> by default.
    /// </exception>
    public static AnomalyDetector Load(Stream stream, string name) => Load(stream, name, new LoadOptions());

    /// <summary>Reads a model from a stream. Nothing in it is trusted and no code in it is run.</summary>
    /// <param name="stream">The model file's bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="options">What it may take.</param>
    /// <exception cref="ModelFormatException">The stream is no model, damaged, of a newer format, or takes more memory than it may.</exception>
    public static AnomalyDetector Load(Stream stream, string name, LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        return new AnomalyDetector(DetectorFile.Read(stream, name, options));
    }

    /// <summary>Writes the model file: to a temporary file beside it, then renamed.</summary>
    /// <exception cref="IOException">The file cannot be written; an older file of that name is left as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// The folder may not be written to; or anybody may, and another user's file or link has that name.
    /// </exception>
    /// <exception cref="ArgumentException">The path is null, empty, or none.</exception>
    public void Save(string path) => Persistence.AtomicFile.Write(path, Save);

    /// <summary>Writes the model file's bytes.</summary>
    /// <exception cref="ArgumentNullException">There is no stream.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="NotSupportedException">The stream cannot be written, or not so much.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        DetectorFile.Write(Content, stream);
    }

    /// <summary>
    /// Anomaly scores of a data set. Where both sides have names, columns are found by name and others are passed over; where neither
    /// has, by their place.
    /// </summary>
    /// <param name="data">n samples with the detector's columns; what they have in missing cells is filled where the detector may.</param>
    /// <param name="byPosition">Whether columns are taken by their place, whatever they are called.</param>
    /// <param name="threads">Threads that may share the rows out among them; 0 for one per core.</param>
    /// <returns>The n scores; <see cref="float.MaxValue"/> for one that is not finite.</returns>
    /// <exception cref="ArgumentException">
    /// A column is missing, or one side has names and the other has not; or <paramref name="threads"/> is negative.
    /// </exception>
    public float[] Score(Dataset data, bool byPosition = false, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        return ScoreMatched(ColumnMatch.Apply(data, this, byPosition), threads);
    }

    /// <summary>
    /// Opens a file, or a folder of images, to be read batch by batch in this detector's columns, which are found as
    /// <see cref="Score(Dataset, bool, int)"/> does; <see cref="RowBatch.Rows"/> are what
    /// <see cref="ScoringDetector.Score(ReadOnlySpan{double}, Span{float}, int)"/> takes.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">How to read it; missing cells are an error unless it keeps or drops them. Null takes the defaults.</param>
    /// <param name="byPosition">Whether columns are taken by their place, whatever they are called.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used, lacks a column, or holds images of another size or a table in place of images.</exception>
    /// <exception cref="IOException">The file cannot be found or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, an option makes no sense, or a sample is asked for.</exception>
    public RowBatchReader OpenBatches(string path, DatasetReadOptions? options = null, bool byPosition = false, CancellationToken ct = default) =>
        ColumnMatch.OfSameKind(DatasetReader.OpenBatches(path, options, ColumnMatch.SchemaOf(this, byPosition), ct), this);

    /// <summary>Opens a stream to be read batch by batch in this detector's columns, from where it stands to its end.</summary>
    /// <param name="stream">The content; it stays open. It need not be able to seek.</param>
    /// <param name="name">The name, also for messages.</param>
    /// <param name="options">How to read it; missing cells are an error unless it keeps or drops them. Null takes the defaults.</param>
    /// <param name="byPosition">Whether columns are taken by their place, whatever they are called.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used, lacks a column, or holds images of another size or a table in place of images.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException">An option makes no sense, or a sample is asked for.</exception>
    public RowBatchReader OpenBatches(
        Stream stream, string name, DatasetReadOptions? options = null, bool byPosition = false, CancellationToken ct = default) =>
        ColumnMatch.OfSameKind(DatasetReader.OpenBatches(stream, name, options, ColumnMatch.SchemaOf(this, byPosition), ct), this);

    // The scores of data in the detector's columns.
    private float[] ScoreMatched(Dataset matched, int threads)
    {
        float[] scores = new float[matched.Rows];
        if (matched.Cells.Float64 is null)
        {
            Score(matched.Values, scores, threads);
            return scores;
        }

        const int BlockRows = 1024;
        double[] block = new double[Math.Min(BlockRows, matched.Rows) * Features];
        for (int start = 0; start < matched.Rows; start += BlockRows)
        {
            int count = Math.Min(BlockRows, matched.Rows - start);
            for (int i = 0; i < count; i++) matched.CopyRow(start + i, block.AsSpan(i * Features, Features));
            Score(block.AsSpan(0, count * Features), scores.AsSpan(start, count), threads);
        }

        return scores;
    }

    /// <summary>What a row holds that training has not seen, and what a score does not tell.</summary>
    /// <param name="row">d raw features.</param>
    /// <exception cref="ArgumentException">The row does not have d features.</exception>
    [OverloadResolutionPriority(1)]
    public RowIrregularities Irregularities(ReadOnlySpan<float> row) => IrregularitiesOf(row);

    /// <summary>What a row in float64 holds that training has not seen, and what a score does not tell.</summary>
    /// <param name="row">d raw features.</param>
    /// <exception cref="ArgumentException">The row does not have d features.</exception>
    public RowIrregularities Irregularities(ReadOnlySpan<double> row) => IrregularitiesOf(row);

    /// <summary>
    /// What each feature of n rows adds to its score: the d contributions of a row and <see cref="ExplainedFrom"/> sum to the score up to
    /// float32 rounding.
    /// <para>
    /// Where a score is a sum over features, and stays one when those of several networks are combined, they are its exact terms. Of an
    /// autoencoder (Eq. 10): the squared reconstruction error in standardised units, of images in units of the training images' range;
    /// with RSRAE over the error of the row. Of a masked autoregressive flow: the feature's terms of the negative log-likelihood, which
    /// may be negative. Of OneFlow: zⱼ²/‖z‖ for where the flow takes the row, along the axis of each feature by a shift that the other
    /// features decide. Of a Gaussian: (x − μ)ⱼ·(Σ⁻¹ (x − μ))ⱼ, which may be negative. For an ensemble the mean over the members of that,
    /// divided by the member's median score.
    /// </para>
    /// <para>
    /// Otherwise, for Deep SVDD, SDOR, DAGPR, ensembles of flows and detectors that mix models, they compare the row with a reference of
    /// typical values by the rescale rule of DeepLIFT (Shrikumar et al., 2017), and may be negative. The reference has the training median
    /// of each number, of a category the shares of its levels in training, and of images the least value of all. Contributions of members
    /// are those to what their score exceeds that of the reference by, on the scale on which members are combined. A feature of such a row
    /// that is not finite contributes <see cref="float.MaxValue"/>, and the others 0.
    /// </para>
    /// <para>Runs on the calling thread, and allocates as the score of a row does.</para>
    /// </summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="contributions">Receives n × d contributions, row-major; <see cref="float.MaxValue"/> for one that is not
    /// finite.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    [OverloadResolutionPriority(1)]
    public void Explain(ReadOnlySpan<float> rows, Span<float> contributions)
    {
        CheckExplain(rows.Length, contributions.Length);
        Scorer.Explain(rows, contributions);
    }

    /// <summary>What each feature of n rows in float64 adds to its score, as of rows in float32.</summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="contributions">Receives n × d contributions, row-major; <see cref="float.MaxValue"/> for one that is not
    /// finite.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Explain(ReadOnlySpan<double> rows, Span<float> contributions)
    {
        CheckExplain(rows.Length, contributions.Length);
        Scorer.Explain(rows, contributions);
    }

    /// <summary>How far scores have moved from those of training. <see cref="DriftMeasure.HasDrifted"/> says whether to fit again.</summary>
    /// <param name="scores">Scores of new rows by this detector, at least one; infinities are below and above all.</param>
    /// <returns>
    /// D of Kolmogorov and Smirnov against the 1,001 quantiles that the detector keeps of the training scores, its p-value, and the stability index
    /// over the tenths of the training scores. Models of earlier versions do not know how many these were; they count as 1,001.
    /// </returns>
    /// <exception cref="ArgumentException">There is no score, or one is NaN.</exception>
    public DriftMeasure Drift(ReadOnlySpan<float> scores) =>
        DriftTest.OfScores(Content.Quantiles, Content.Reference?.Rows ?? Content.Quantiles.Length, scores.ToArray());

    /// <summary>How far scores and columns of new data have moved from those of training.</summary>
    /// <param name="data">Rows with the detector's columns, which are found as <see cref="Score(Dataset, bool, int)"/> does.</param>
    /// <param name="byPosition">Whether columns are taken by their place, whatever they are called.</param>
    /// <param name="threads">Threads that may share the rows out among them; 0 for one per core.</param>
    /// <returns>
    /// What <see cref="Drift(ReadOnlySpan{float})"/> says of the scores; for every column of numbers D at the deciles of its training cells, missing
    /// cells lying behind all numbers, and for every category X² over its levels, those that are new and missing cells being one level more.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A column is missing, or one side has names and the other has not; the data are images of another size, or a table in place of images;
    /// or <paramref name="threads"/> is negative.
    /// </exception>
    public DriftReport Drift(Dataset data, bool byPosition = false, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        Dataset matched = ColumnMatch.OfSameKind(data, this, byPosition);
        return new DriftReport(data.Rows, Drift(ScoreMatched(matched, threads)), DriftTest.OfColumns(Content, matched, threads));
    }

    private RowIrregularities IrregularitiesOf<T>(ReadOnlySpan<T> row)
        where T : IBinaryFloatingPointIeee754<T>
    {
        if (row.Length != Features)
            throw new ArgumentException($"A row of {Features} features is needed, but it has {row.Length}.", nameof(row));
        RowIrregularities flags = RowIrregularities.None;
        for (int column = 0; column < row.Length; column++)
            flags |= Content.Preparation.Columns[column].IrregularitiesOf(double.CreateTruncating(row[column]));
        return flags;
    }

    private void CheckExplain(int numbers, int contributions)
    {
        if (numbers % Features != 0 || contributions != numbers)
        {
            throw new ArgumentException(
                $"Rows of {Features} features and as many contributions are needed, but {numbers} numbers with room for "
                + $"{contributions} contributions were given.",
                nameof(contributions));
        }
    }
}
