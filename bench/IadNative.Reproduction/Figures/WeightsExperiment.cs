using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Networks;

namespace IadNative.Reproduction.Figures;

/// <summary>Makes figure 5: one run of Deep SVDD, looked at round by round.</summary>
internal static class WeightsExperiment
{
    private const int DensityPlaces = 101;
    private const int MostPoints = 1500;
    private const double Perplexity = 30;
    private const int Bins = 40;

    private static readonly double[] s_rings = [0.25, 0.5, 0.75];

    /// <summary>Trains and measures.</summary>
    /// <param name="trial">A trial of Deep SVDD.</param>
    /// <param name="data">Its training data.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="engine">The <see cref="EngineIdentity"/> of the device.</param>
    /// <param name="report">Receives progress.</param>
    /// <param name="cancellationToken">Stops between two epochs.</param>
    public static WeightsFigure Run(Trial trial, Dataset data, IDevice device, string engine, Action<ProgressStep> report,
        CancellationToken cancellationToken)
    {
        FitOptions options = trial.Cell.Settings.For(trial.Cell.Dataset, trial.Seed) with { Device = device };
        var networks = new List<TrainedNetwork>();
        FitResult fit = DetectorFit.Run(data, options, new TrialProgress([1], report).Of(0, "figure 5"), cancellationToken,
            (_, _, states) => networks.Add(TrainedNetwork.Of(states[0])));
        RunReport run = fit.Runs[0];
        bool[] labels = data.Labels!;
        var rounds = new List<RoundWeights>();
        var densities = new List<WeightDensity>();
        float[] weights = new float[data.Rows];
        Array.Fill(weights, 1f);
        for (int t = 0; t < run.Rounds.Count; t++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (double[] normal, double[] anomaly) = Split(Array.ConvertAll(weights, weight => (double)weight), labels);
            rounds.Add(new RoundWeights(t, normal.Average(), MedianOf(normal), anomaly.Average(), MedianOf(anomaly)));
            if (t > 0) densities.Add(Density(t, normal, anomaly));
            SetWeights(Detector(t), data, options.Training.InverseTau, weights);
        }

        return new WeightsFigure(
            trial.Cell.Model, trial.Cell.Dataset.Name, trial.Seed, engine, run.SelectedRound, rounds, densities,
            View(Detector(0), run.Rounds[0], data), View(Detector(run.SelectedRound), run.Rounds[run.SelectedRound], data));

        AnomalyDetector Detector(int round) =>
            new(fit.Detector.Content with
            {
                Members = [fit.Detector.Content.Members[0] with { Trained = networks[round] }], Round = round,
            });
    }

    /// <summary>Sets the weights that the next round trains with.</summary>
    private static void SetWeights(AnomalyDetector detector, Dataset data, double inverseTau, float[] weights)
    {
        float[] scores = new float[data.Rows];
        int[] order = new int[data.Rows];
        detector.Score(data.Values, scores, threads: 1);
        Ranking.Order(scores, order);
        ImportanceWeights.Update(scores, ScoreStatistics.Of(scores, order), inverseTau, weights);
    }

    private static WeightDensity Density(int round, double[] normal, double[] anomaly)
    {
        double[] places = [.. Enumerable.Range(0, DensityPlaces).Select(i => i / (DensityPlaces - 1.0))];
        return new WeightDensity(round, places, KernelDensity.At(normal, places), KernelDensity.At(anomaly, places));
    }

    private static FeatureView View(AnomalyDetector detector, RoundReport round, Dataset data)
    {
        float[] scores = new float[data.Rows];
        detector.Score(data.Values, scores, threads: 1);
        int[] drawn = Subsample(data.Rows);
        double[] features = FeaturesOf(detector, data, drawn);
        double[] map = Tsne.Embed(features, drawn.Length + 1, Perplexity, seed: 0);
        double centerX = map[^2], centerY = map[^1];
        FeaturePoint[] points = [.. drawn.Select((row, i) =>
            new FeaturePoint(map[2 * i], map[(2 * i) + 1], data.Labels![row], scores[row]))];
        float[] radii = [.. points.Select(point => (float)double.Hypot(point.X - centerX, point.Y - centerY)).Order()];
        Ring[] rings = [.. s_rings.Select(share => new Ring(share, Quantiles.Linear(radii, share)))];
        return new FeatureView(round.Round, round.Auc!.Value, points, centerX, centerY, rings, Histogram(scores, data.Labels!));
    }

    /// <summary>Rows at even steps, so that both classes keep their share whatever their order.</summary>
    private static int[] Subsample(int rows)
    {
        int count = Math.Min(rows, MostPoints);
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)i * rows / count))];
    }

    /// <summary>φ(x) of the chosen rows, and the center as one more row.</summary>
    private static double[] FeaturesOf(AnomalyDetector detector, Dataset data, int[] rows)
    {
        DetectorContent content = detector.Content;
        (Plan plan, TrainedNetwork trained) = (content.Members[0].Plan, content.Members[0].Trained);
        CpuScorer scorer = CpuScorer.Create(plan);
        FoldedNetwork network = scorer.CreateNetwork(content.Scaler);
        network.Fold(trained.Parameters, trained.Statistics, trained.State);
        TensorSlot center = plan.State.Find("center")!;
        int width = center.Length;
        double[] features = new double[(rows.Length + 1) * width];
        for (int i = 0; i < rows.Length; i++)
            scorer.AddOutputs(network, data.Values, [rows[i]], features.AsSpan(i * width, width));
        for (int k = 0; k < width; k++) features[(rows.Length * width) + k] = trained.State[center.Offset + k];
        return features;
    }

    private static ScoreBins Histogram(float[] scores, bool[] labels)
    {
        double[] logarithms = Array.ConvertAll(scores, score => Math.Log10(Math.Max(score, float.Epsilon)));
        double from = logarithms.Min(), width = (logarithms.Max() - from) / Bins;
        double[] edges = [.. Enumerable.Range(0, Bins + 1).Select(i => from + (i * width))];
        int[] normal = new int[Bins], anomaly = new int[Bins];
        for (int i = 0; i < logarithms.Length; i++)
        {
            int bin = width > 0 ? Math.Min((int)((logarithms[i] - from) / width), Bins - 1) : 0;
            (labels[i] ? anomaly : normal)[bin]++;
        }

        (double[] normals, double[] anomalies) = Split(logarithms, labels);
        return new ScoreBins(edges, normal, anomaly, Fit(normals), Fit(anomalies));
    }

    private static FittedGaussian Fit(double[] values)
    {
        MeanStd summary = MeanStd.Of(values);
        return new FittedGaussian(summary.Mean, summary.Std);
    }

    private static (double[] Normal, double[] Anomaly) Split(double[] values, bool[] labels) =>
        ([.. values.Where((_, i) => !labels[i])], [.. values.Where((_, i) => labels[i])]);

    private static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
