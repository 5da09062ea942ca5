using System.Diagnostics;
using System.Reflection;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>From data to a detector: trains all runs, builds the detector of the first and sums up over seeds.</summary>
internal static class DetectorFit
{
    private static readonly string s_version =
        typeof(DetectorFit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <param name="data">n samples of d features.</param>
    /// <param name="options">What to fit and how.</param>
    /// <param name="progress">Receives progress; may be null.</param>
    /// <param name="cancellationToken">Stops between two epochs.</param>
    /// <param name="observer">Is shown the networks of every round; null for no one.</param>
    public static FitResult Run(
        Dataset data, FitOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken,
        RoundObserver? observer = null)
    {
        long start = Stopwatch.GetTimestamp();
        options.Validate();
        if (options.Normalization is not null && data.Image is null)
        {
            throw new ArgumentException(
                $"{data.Name} is a table; only images are normalised by {options.Normalization}. Leave the normalisation away.",
                nameof(options));
        }

        options = options with
        {
            Normalization = options.Normalization ?? (data.Image is null ? null : ImageNormalization.GlobalContrast),
            Network = WithImages(options.Network ?? options.Model.DefaultNetwork(data.Columns, data.Image), data),
            Threshold = options.Threshold ?? options.Model.DefaultThreshold,
            Training = options.Training with { Epochs = options.Training.Epochs ?? options.Model.DefaultEpochs },
        };
        IDevice device = options.Device ?? new CpuDevice(options.Threads);
        Dataset prepared = options.Normalization is { } normalization ? ImageNormalizer.Apply(normalization, data) : data;
        FeatureScaler scaler = data.Image is null ? FeatureScaler.Fit(data) : FeatureScaler.FitRange(prepared);
        var plan = new ModelPlan(
            options.Model, options.Network, data.Columns, options.Training.Epochs.Value);
        var family = new NetworkFamily(plan, options.Training.Ensemble, options.Training.Epochs.Value, prepared.Values, scaler);
        var training = new NetworkTraining(device, [family], prepared, options.Training);
        IReadOnlyList<IadRun> runs = new IadTrainer(training, progress, observer).Train(cancellationToken);
        RunReport[] reports = [.. runs.Select(run => run.Report)];
        IadRun first = runs.First(run => run.Rounds.Count > 0);
        return new FitResult
        {
            Detector = Detector(data, options, scaler, first),
            TrainingScores = first.KeptScores,
            Options = options,
            Runs = reports,
            Alarms = [.. runs.Select(run => run.Failure).Concat(reports.Select(CollapseAlarm.For)).OfType<Alarm>()],
            Untrained = Summarize(reports, run => run.UntrainedAuc),
            Base = Summarize(reports, run => run.BaseAuc),
            Iad = Summarize(reports, run => run.IadAuc),
            IadBest = Summarize(reports, run => run.BestAuc),
            Device = device.Description,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        };
    }

    // Square images need no saying.
    private static NetworkSpec WithImages(NetworkSpec network, Dataset data) =>
        network.Convolutions.Count > 0 && network.Image is null && data.Image is { } image && image.Height != image.Width
            ? network with { Image = image }
            : network;

    private static AnomalyDetector Detector(Dataset data, FitOptions options, FeatureScaler scaler, IadRun run)
    {
        var content = new DetectorContent
        {
            Options = options with { Device = null },
            FeatureNames = data.FeatureNames,
            Image = data.Image,
            Scaler = scaler,
            Networks = [.. run.Kept!.States.Select(TrainedNetwork.Of)],
            Medians = run.Kept.Medians,
            Quantiles = [],
            Threshold = 0,
            Round = run.SelectedRound,
            Seed = run.Seed,
            CreatedBy = $"IadNative {s_version}",
        };
        // Not the scores of the device that trained: a threshold must cut the scores that the detector itself will give.
        var scores = new float[data.Rows];
        new AnomalyDetector(content).Score(data.Values, scores, options.Threads);
        Array.Sort(scores);
        return new AnomalyDetector(content with
        {
            Quantiles = Quantiles.Grid(scores, DetectorContent.QuantileCount),
            Threshold = Threshold(content, scores),
        });
    }

    private static float Threshold(DetectorContent content, ReadOnlySpan<float> sortedScores)
    {
        ThresholdRule rule = content.Options.Threshold!.Value;
        if (rule.Quantile is { } q) return (float)Quantiles.Linear(sortedScores, q);
        if (rule == ThresholdRule.Otsu)
        {
            // Rounded down, so that the scores above the cut stay above it.
            double cut = Otsu.Threshold(sortedScores, out _);
            return (float)cut > cut ? float.BitDecrement((float)cut) : (float)cut;
        }

        Plan plan = content.WritePlan();
        float[] boundaries = [.. content.Networks.Select(network => content.Options.Model.Boundary(plan, network.State))];
        return MemberScores.Combine(boundaries, content.Medians, [.. content.Medians.Select(_ => content.Options.Model.MemberScale)]);
    }

    private static AucSummary? Summarize(IEnumerable<RunReport> runs, Func<RunReport, double?> select)
    {
        double[] values = [.. runs.Where(run => run.Rounds.Count > 0).Select(select).OfType<double>()];
        if (values.Length == 0) return null;
        MeanStd summary = MeanStd.Of(values);
        return new AucSummary(summary.Mean, summary.Std, values);
    }
}
