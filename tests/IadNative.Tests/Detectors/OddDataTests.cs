using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

/// <summary>Data at the edge of what can be trained on: each has one outcome that is defined, and no NaN anywhere.</summary>
public sealed class OddDataTests
{
    [Test]
    public void An_extreme_outlier_is_trained_with([EachModel] BaseModel model, [Values(1e30f, -1e37f)] float outlier, [Values] FeatureScaling scaling)
    {
        Dataset data = SyntheticData.Contaminated(n: 100, d: 3);
        float[] values = [.. data.Values];
        values[0] = outlier;
        FitResult result = AnomalyDetector.Fit(With(data, values), SyntheticData.Quick(model) with { Scaling = scaling });
        AssertFinite(result);
        float[] scores = result.Detector.Score(With(data, values));
        float least = model.LeastScore();
        Assert.That(scores, Is.All.InRange(least, float.MaxValue));
        Assert.That(scores.Distinct().Count(), Is.GreaterThan(90));
        if (model is Autoencoder && scaling == FeatureScaling.Standard) Assert.That(scores[0], Is.EqualTo(scores.Max()), "it is reconstructed worst");

        // Those that train themselves follow their first scores wherever these lead.
        if (model.SelfTraining is null) Assert.That(result.Detector.Percentile(scores[0]), Is.GreaterThan(85));
    }

    [Test]
    public void Duplicated_columns_and_duplicated_rows_are_trained_with([EachModel] BaseModel model)
    {
        Dataset data = SyntheticData.Contaminated(n: 100, d: 3);
        float[] values = [.. Enumerable.Range(0, 100).SelectMany(i =>
            new[] { data.Values[(i % 50) * 3], data.Values[(i % 50) * 3], 7 })];
        FitResult result = AnomalyDetector.Fit(With(data, values), SyntheticData.Quick(model));
        AssertFinite(result);
        float[] scores = result.Detector.Score(With(data, values));
        float[] repeated = scores[50..];
        Assert.That(scores[..50], Is.EqualTo(repeated));
    }

    [Test]
    public void Constant_data_raises_the_alarm_of_collapse([EachModel] BaseModel model)
    {
        Dataset data = SyntheticData.Contaminated(n: 50, d: 2);
        FitResult result = AnomalyDetector.Fit(With(data, [.. Enumerable.Repeat(5f, 100)]), SyntheticData.Quick(model));
        AssertFinite(result);
        Assert.That(result.Alarms.Single().Kind, Is.EqualTo(AlarmKind.Collapsed));
        Assert.That(result.Iad!.Mean, Is.EqualTo(0.5), "all tied");
        Assert.That(result.Runs[0].Rounds.Select(round => round.DegenerateWeights),
            Is.EqualTo(model.SelfTraining is null ? [false, true, true, true] : new bool[4]));

        // The soft boundary runs through all samples, and the rounding of its radius decides on which side they are.
        if (model is SoftBoundarySvdd) return;
        Assert.That(result.Detector.IsAnomaly(result.Detector.Score([5, 5])), Is.False);
    }

    [Test]
    public void An_ensemble_of_autoencoders_cannot_average_scores_that_are_all_zero()
    {
        Dataset data = SyntheticData.Contaminated(n: 50, d: 2);
        FitOptions options = SyntheticData.Quick(BaseModel.Autoencoder);
        Assert.That(
            () => AnomalyDetector.Fit(
                With(data, new float[100]),
                options with { Training = options.Training with { Ensemble = 2, Seeds = 2 } }),
            Throws.TypeOf<TrainingFailedException>().With.Message.Contains("median score of member 0 is zero")
                .And.Property("Alarms").Count.EqualTo(2));
    }

    [TestCase(2, 1, 1)]
    [TestCase(2, 3, 1)]
    [TestCase(3, 1, 1)]
    [TestCase(3, 2, 2)]
    [TestCase(4, 1, 3)]
    [TestCase(33, 2, 1)]
    [TestCase(33, 1, 2)]
    [TestCase(65, 2, 1)]
    public void Few_samples_and_features_are_trained_with(int n, int d, int ensemble)
    {
        foreach (BaseModel model in BaseModel.All.Where(model => model.SelfTraining is null || MemberRows.Count(ensemble, n, null) >= SelfTraining.FewestRows))
        {
            foreach (int batch in (int[])[2, 32])
            {
                var random = new System.Random(n);
                var data = new Dataset(
                    "few", [.. Enumerable.Range(0, n * d).Select(_ => random.NextSingle())], n, d,
                    [.. Enumerable.Range(0, n).Select(i => i == n - 1)]);
                FitOptions options = SyntheticData.Quick(model);
                TrainingOptions training = options.Training with { Ensemble = ensemble, BatchSize = batch, Rounds = 2 };
                FitResult result = AnomalyDetector.Fit(data, options with { Training = training });
                AssertFinite(result);
                Assert.That(result.Alarms.Where(alarm => alarm.Kind == AlarmKind.Frozen), Is.Empty);
                Assert.That(SyntheticData.Loaded(result.Detector.Saved()).Score(data),
                    Is.EqualTo(result.Detector.Score(data)));
            }
        }
    }

    [Test]
    public void One_sample_or_two_for_an_ensemble_are_refused()
    {
        FitOptions options = SyntheticData.Quick();
        Assert.That(() => AnomalyDetector.Fit(new Dataset("one", [1], 1, 1), options),
            Throws.ArgumentException.With.Message.Contains("one has 1 samples; at least 2"));
        Assert.That(
            () => AnomalyDetector.Fit(new Dataset("two", [1, 2], 2, 1),
                options with { Training = options.Training with { Ensemble = 2 } }),
            Throws.ArgumentException.With.Message.Contains("two has 2 samples; at least 3"));
    }

    [Test]
    public void A_step_size_that_is_too_large_freezes_a_run_or_leaves_it_finite([EachNetwork] BaseModel model)
    {
        FitOptions options = SyntheticData.Quick(model) with { Network = new NetworkSpec(9, 5, 3) { BatchNorm = false } };
        TrainingOptions wild = options.Training with { LearningRate = 10, Seeds = 2, Between = BetweenRounds.Warm,
            Epochs = 40 };
        try
        {
            FitResult result = AnomalyDetector.Fit(SyntheticData.Contaminated(), options with { Training = wild });
            AssertFinite(result);
            Assert.That(result.Runs.Count(run => run.Frozen),
                Is.EqualTo(result.Alarms.Count(alarm => alarm.Kind == AlarmKind.Frozen)));
        }
        catch (TrainingFailedException e)
        {
            Assert.That(e.Alarms, Has.Count.EqualTo(2));
        }
    }

    [Test]
    public void Reports_stay_finite_when_the_network_overflows()
    {
        // An outlier that the standardised data carry as 31 standard deviations, and a network without batch norm.
        Dataset data = SyntheticData.Contaminated(n: 1000, d: 2);
        float[] values = [.. data.Values];
        values[10] = 1e35f;
        var network = new NetworkSpec(4, 1) { BatchNorm = false };
        FitOptions options = SyntheticData.Quick(BaseModel.Autoencoder) with { Network = network };
        AssertFinite(AnomalyDetector.Fit(With(data, values), options));
    }

    private static Dataset With(Dataset data, float[] values) =>
        new(data.Name, values, data.Rows, values.Length / data.Rows, data.Labels);

    private static void AssertFinite(FitResult result)
    {
        float least = result.Options.Model.LeastScore();
        Assert.That(result.Detector.Threshold, Is.InRange(least, float.MaxValue));
        Assert.That(result.Detector.Content.Quantiles, Has.All.InRange(least, float.MaxValue));
        foreach (RunReport run in result.Runs)
        {
            Assert.That(run.UntrainedAuc ?? 0, Is.InRange(0, 1));
            foreach (RoundReport round in run.Rounds)
            {
                Assert.Multiple(() =>
                {
                    Assert.That(round.Loss, Is.InRange((double)least, double.MaxValue), "loss");
                    Assert.That(round.ScoreMin, Is.InRange(least, float.MaxValue), "least score");
                    Assert.That(round.ScoreMedian, Is.InRange((double)least, float.MaxValue), "median score");
                    Assert.That(round.ScoreMax, Is.InRange(least, float.MaxValue), "largest score");
                    Assert.That(round.WeightMean, Is.InRange(0, 1), "mean weight");
                    Assert.That(round.WeightMedian, Is.InRange(0, 1), "median weight");
                    Assert.That(round.NormalWeightMean, Is.InRange(0, 1), "mean weight of normal samples");
                    Assert.That(round.AnomalyWeightMean, Is.InRange(0, 1), "mean weight of anomalies");
                    Assert.That(round.Auc, Is.InRange(0, 1), "AUC");
                    Assert.That(round.OtsuRatio, Is.InRange(0, 1), "Otsu's ratio");
                });
            }
        }
    }
}
