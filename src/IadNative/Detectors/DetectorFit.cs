using System.Diagnostics;
using System.Reflection;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>From data to a detector: trains all runs, builds the detector of the first and sums up over seeds.</summary>
internal static class DetectorFit
{
    private const int ManyRows = 1_000_000;

    private static readonly string s_version =
        typeof(DetectorFit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <param name="data">n samples of d features.</param>
    /// <param name="options">What to fit and how.</param>
    /// <param name="progress">Receives progress; may be null.</param>
    /// <param name="cancellationToken">Stops between two epochs.</param>
    /// <param name="observer">Is shown the networks of every round; null for no one.</param>
    /// <param name="mayUseUp">Whether the table's matrix may be prepared where it lies, after which the data cannot be read any more.</param>
    public static FitResult Run(
        Dataset data, FitOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken,
        RoundObserver? observer = null, bool mayUseUp = false)
    {
        long start = Stopwatch.GetTimestamp();
        options.Validate();
        if (options.Normalization is not null && data.Image is null)
        {
            throw new ArgumentException(
                $"{data.Name} is a table; only images are normalised by {options.Normalization}. Leave the normalisation away.",
                nameof(options));
        }

        if (options.Scaling is not null && data.Image is not null)
        {
            throw new ArgumentException(
                $"{data.Name} holds images; only the features of tables are scaled by {options.Scaling}. Leave the scaling away.",
                nameof(options));
        }

        if (data.Image is not null && data.HasMissing)
            throw new ArgumentException($"{data.Name} has images with missing pixels, and images are not filled. Leave those images out.", nameof(data));
        options = options.FilledFor(data);
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        IDevice device = options.Device ?? new CpuDevice(options.Threads);
        ColumnSample?[] samples = [];
        RowPreparation preparation = data.Image is null
            ? PreparationFit.Run(data, options.Scaling!.Value, options.Imputation, out samples)
            : RowPreparation.Identity(data.Features);
        ColumnReport[] columns = data.Image is null ? ColumnReport.Of(data, preparation, samples) : [];
        Dataset prepared = Prepare(data, options, preparation, mayUseUp);
        FeatureScaler scaler = data.Image is null ? FeatureScaler.Fit(prepared) : FeatureScaler.FitRange(prepared);
        columns = ColumnReport.WithCollapsed(columns, preparation, samples, scaler);
        NetworkFamily[] networks = [.. families.Select(family => Networks(family, prepared, preparation, scaler))];
        samples = [];
        IReadOnlyList<IadRun> runs = Train();

        // What follows needs memory of its own for a large table, and that of training is free: the collector would take its time. A
        // program that is about more than this fit collects when it likes.
        if (mayUseUp && data.Rows >= ManyRows) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        RunReport[] reports = [.. runs.Select(run => run.Report)];
        IadRun first = runs.First(run => run.Rounds.Count > 0);
        AnomalyDetector detector = Detector(
            data, prepared, options, networks, preparation, scaler, first, out float[] scores);
        bool[]? labels = data.Anomalies > 0 && data.Anomalies < data.Rows ? data.Labels : null;
        ControlReport distance = Controls.Compare(
            "distance", Controls.Distances(prepared.Values, scaler), scores, detector.Threshold, labels);
        return new FitResult
        {
            Detector = detector,
            Prepared = prepared,
            DetectorScores = scores,
            TrainingScores = first.KeptScores,
            Options = options,
            Columns = columns,
            Notes = ColumnNotes.Of(columns, data.Rows, options),
            Runs = reports,
            Alarms =
            [
                .. runs.Select(run => run.Failure).Concat(reports.Select(CollapseAlarm.For))
                    .Append(ControlAlarm.ForUntrained(reports)).Append(ControlAlarm.ForDistance(reports, distance.Auc)).OfType<Alarm>(),
            ],
            Controls = first.UntrainedScores is { } untrained
                ? [Controls.Compare("untrained", untrained, scores, detector.Threshold, labels), distance]
                : [distance],
            AtThreshold = labels is null ? null : ThresholdQuality.Of(scores, labels, detector.Threshold),
            Untrained = Summarize(reports, run => run.UntrainedAuc),
            Base = Summarize(reports, run => run.BaseAuc),
            Iad = Summarize(reports, run => run.IadAuc),
            IadBest = Summarize(reports, run => run.BestAuc),
            Device = device.Description,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        };

        // On its own, so that nothing of training outlives it.
        IReadOnlyList<IadRun> Train() =>
            new IadTrainer(new NetworkTraining(device, networks, prepared, options.Training, options.SharedWeights), progress, observer)
                .Train(cancellationToken);
    }

    private static Dataset Prepare(Dataset data, FitOptions options, RowPreparation preparation, bool mayUseUp)
    {
        if (options.Normalization is { } normalization) return ImageNormalizer.Apply(normalization, data);
        if (preparation.IsIdentity) return data;
        float[] features = mayUseUp && preparation.Width == data.Columns ? data.Values : new float[(long)data.Rows * preparation.Width];
        preparation.Apply(data, features);
        if (features == data.Values) data.UseUp();
        FeatureColumn[] columns = [.. preparation.Owners.Select(owner => new FeatureColumn(data.FeatureNames[owner]))];
        return new Dataset(data.Name, new TableValues(features), data.Rows, columns, data.Labels, data.AreFeaturesNamed);
    }

    private static NetworkFamily Networks(DetectorFamily family, Dataset prepared, RowPreparation preparation, FeatureScaler scaler)
    {
        int[]? chosen = family.Columns is { } columns ? preparation.FeaturesOf(columns) : null;
        var plan = new ModelPlan(family.Model, family.Network!, chosen?.Length ?? prepared.Columns, family.Epochs!.Value);
        if (chosen is null) return new NetworkFamily(plan, family.Count, family.Epochs.Value, prepared.Values, scaler);
        float[] values = new float[(long)prepared.Rows * chosen.Length];
        for (int row = 0; row < prepared.Rows; row++)
        {
            for (int j = 0; j < chosen.Length; j++) values[(row * chosen.Length) + j] = prepared.Row(row)[chosen[j]];
        }

        return new NetworkFamily(plan, family.Count, family.Epochs.Value, values, scaler.Of(chosen));
    }

    private static AnomalyDetector Detector(
        Dataset data, Dataset prepared, FitOptions options, NetworkFamily[] networks, RowPreparation preparation, FeatureScaler scaler,
        IadRun run, out float[] scores)
    {
        DetectorMember[] members = Members(options.AllFamilies, networks, preparation, run.Kept!);
        var scorer = new RowScorer(members, preparation, scaler, options.Normalization);

        // Not the scores of the device that trained: a threshold must cut the scores that the detector itself will give.
        scores = new float[data.Rows];
        scorer.ScorePrepared(prepared.Values, scores, options.Threads);
        float[] sorted = [.. scores];
        Array.Sort(sorted);
        var content = new DetectorContent
        {
            Options = options with { Device = null },
            Preparation = preparation,
            AreFeaturesNamed = data.AreFeaturesNamed,
            Image = data.Image,
            Scaler = scaler,
            Members = members,
            Quantiles = Quantiles.Grid(sorted, DetectorContent.QuantileCount),
            Threshold = Threshold(options.Threshold!.Value, members, sorted),
            Round = run.SelectedRound,
            Seed = run.Seed,
            CreatedBy = $"IadNative {s_version}",
        };
        return new AnomalyDetector(content, scorer);
    }

    private static DetectorMember[] Members(
        IReadOnlyList<DetectorFamily> families, NetworkFamily[] networks, RowPreparation preparation, KeptNetworks kept)
    {
        var members = new List<DetectorMember>();
        for (int index = 0; index < families.Count; index++)
        {
            int[]? features = families[index].Columns is { } columns ? preparation.FeaturesOf(columns) : null;
            for (int k = 0; k < families[index].Count; k++)
            {
                members.Add(new DetectorMember
                {
                    Model = families[index].Model,
                    Plan = networks[index].Plan.Training,
                    Features = features,
                    Trained = TrainedNetwork.Of(kept.States[members.Count]),
                    Median = kept.Medians[members.Count],
                });
            }
        }

        return [.. members];
    }

    private static float Threshold(ThresholdRule rule, DetectorMember[] members, ReadOnlySpan<float> sortedScores)
    {
        if (rule != ThresholdRule.Radius) return rule.Set(sortedScores);
        return MemberScores.Combine(
            [.. members.Select(member => member.Model.Boundary(member.Plan, member.Trained.State))],
            [.. members.Select(member => member.Median)],
            [.. members.Select(member => member.Model.MemberScale)]);
    }

    /// <summary>An AUC over the runs; null where none has one.</summary>
    internal static AucSummary? Summarize(RunReport[] runs, Func<RunReport, double?> select)
    {
        double?[] values = [.. runs.Select(run => run.Rounds.Count > 0 ? select(run) : null)];
        double[] known = [.. values.OfType<double>()];
        if (known.Length == 0) return null;
        MeanStd summary = MeanStd.Of(known);
        return new AucSummary(summary.Mean, summary.Std, values);
    }
}
