using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction.Tests;

internal sealed class FigureTests
{
    [Test]
    public void The_weights_of_figure_5_are_those_that_the_run_trains_with()
    {
        Cell cell = new(PaperDataset.Of("cardio"), null, new Settings
        {
            Model = BaseModel.OneClassSvdd,
            Training = new TrainingOptions { Rounds = 4, Epochs = 5 },
        }, null);
        var trial = new Trial(cell, null, Seed: 11);
        Dataset data = Data(rows: 150);
        WeightsFigure figure = WeightsExperiment.Run(trial, data, new CpuDevice(1), "engine", _ => { }, CancellationToken.None);
        RunReport run = AnomalyDetector.Fit(data, cell.Settings.For(cell.Dataset, trial.Seed)).Runs[0];
        Assert.That(figure.SelectedRound, Is.EqualTo(run.SelectedRound));
        Assert.That(figure.Rounds, Has.Count.EqualTo(5));
        Assert.That(figure.Densities, Has.Count.EqualTo(4));
        foreach ((RoundWeights weights, RoundReport round) in figure.Rounds.Zip(run.Rounds))
        {
            // Folded scores differ from those of training by a few roundings, and the weights are steep in the score.
            Assert.That(weights.NormalMean, Is.EqualTo(round.NormalWeightMean!.Value).Within(1e-4));
            Assert.That(weights.AnomalyMean, Is.EqualTo(round.AnomalyWeightMean!.Value).Within(1e-4));
        }

        foreach ((FeatureView view, double auc) in (IEnumerable<(FeatureView, double)>)
            [(figure.Base, run.BaseAuc!.Value), (figure.Iad, run.IadAuc!.Value)])
        {
            Assert.That(view.Auc, Is.EqualTo(auc));
            Assert.That(view.Points, Has.Count.EqualTo(data.Rows));
            Assert.That(view.Points.Count(point => point.Anomaly), Is.EqualTo(data.Anomalies));
            Assert.That(view.Histogram.Normal.Sum() + view.Histogram.Anomaly.Sum(), Is.EqualTo(data.Rows));
            Assert.That(view.Rings.Select(ring => ring.Radius), Is.Ordered.And.All.GreaterThan(0));
        }
    }

    [Test]
    public void Tsne_keeps_clusters_apart_and_repeats_itself()
    {
        const int Each = 40, Width = 5;
        var random = new System.Random(5);
        double[] features = [.. Enumerable.Range(0, 2 * Each * Width)
            .Select(i => random.NextDouble() + (i < Each * Width ? 0 : 4))];
        double[] map = Tsne.Embed(features, 2 * Each, perplexity: 10, seed: 1);
        Assert.That(Tsne.Embed(features, 2 * Each, perplexity: 10, seed: 1), Is.EqualTo(map));
        for (int i = 0; i < 2 * Each; i++)
        {
            int nearest = Enumerable.Range(0, 2 * Each).Where(j => j != i)
                .MinBy(j => double.Hypot(map[2 * i] - map[2 * j], map[(2 * i) + 1] - map[(2 * j) + 1]));
            Assert.That(nearest < Each, Is.EqualTo(i < Each), $"Point {i} lies nearest to {nearest}.");
        }
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(50)]
    public void Tsne_of_equal_points_is_finite(int count) =>
        Assert.That(Tsne.Embed(new double[count * 3], count, perplexity: 30, seed: 1), Is.All.Matches<double>(double.IsFinite));

    [Test]
    public void Tsne_refuses_a_single_point() =>
        Assert.That(() => Tsne.Embed([1.0, 2.0], 1, perplexity: 30, seed: 1), Throws.ArgumentException);

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(400)]
    public void A_density_integrates_to_one(int count)
    {
        var random = new System.Random(count);
        double[] values = [.. Enumerable.Range(0, count).Select(i => Math.Pow(random.NextDouble(), 3))];
        double[] places = [.. Enumerable.Range(0, 10_001).Select(i => i / 10_000.0)];
        double[] density = KernelDensity.At(values, places);
        double integral = (density.Sum() - ((density[0] + density[^1]) / 2)) / 10_000;
        Assert.That(integral, Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void A_density_is_that_of_its_kernels()
    {
        // Bandwidth: the least, since a single value has no spread.
        double[] density = KernelDensity.At([0.5], [0.5, 0.51]);
        Assert.That(density[0], Is.EqualTo(100 / Math.Sqrt(2 * Math.PI)).Within(1e-9));
        Assert.That(density[1], Is.EqualTo(density[0] * Math.Exp(-0.5)).Within(1e-9));
    }

    [Test]
    public void A_gain_is_0_for_the_base_model_and_100_for_the_best_round()
    {
        Cell cell = new(PaperDataset.Of("cardio"), null, SettledSettings.Of(BaseModel.OneClassSvdd, images: false), null);
        CellSummary summary = CellSummary.Of(cell, [(new Trial(cell, null, 0), new TrialResult
        {
            Key = "",
            Inputs = "",
            Engine = "engine",
            Untrained = 0.5,
            Auc = [0.6, 0.5, 0.8, 0.7],
            SelectedBy = new Dictionary<string, int> { ["rank-flip"] = 3, ["fixed:5"] = 2, ["last"] = 1, ["otsu"] = 0 },
            Alarms = [],
        })]);
        TerminationGroup group = TerminationFigure.Of([summary]).Groups.Single();
        Assert.That(group.Gains["rank-flip"], Is.EqualTo(50).Within(1e-9));
        Assert.That(group.Gains["fixed:5"], Is.EqualTo(100).Within(1e-9));
        Assert.That(group.Gains["last"], Is.EqualTo(-50).Within(1e-9));
        Assert.That(group.Gains["otsu"], Is.Zero);
    }

    private static Dataset Data(int rows)
    {
        const int Columns = 3;
        var random = new System.Random(2);
        bool[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 8 == 1)];
        float[] values = [.. Enumerable.Range(0, rows * Columns)
            .Select(i => random.NextSingle() + (labels[i / Columns] ? 2 * random.NextSingle() : 0))];
        return new Dataset("data", values, rows, Columns, labels);
    }
}
