using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

/// <summary>Flows on data at the edge of what can be trained on.</summary>
public sealed class OddFlowTests
{
    [Test]
    public void A_single_feature_and_more_features_than_units_are_trained_with(
        [Values(1, 40)] int features, [Values] MadeDegrees degrees, [Values] bool batchNorm, [Values(1, 2)] int ensemble)
    {
        Dataset data = SyntheticData.Contaminated(n: 120, d: features);
        FitResult result = AnomalyDetector.Fit(data, Options(new NetworkSpec(8) { BatchNorm = batchNorm }, ensemble, degrees));
        AssertSound(result, data);
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        Assert.That(result.Runs[0].Rounds, Has.Count.EqualTo(4));
    }

    [Test]
    public void Constant_features_and_duplicated_columns_are_trained_with([Values] bool batchNorm)
    {
        Dataset source = SyntheticData.Contaminated(n: 120, d: 3);
        float[] values = [.. Enumerable.Range(0, 120).SelectMany(i =>
            new[] { 4, source.Row(i)[0], source.Row(i)[0], -7, source.Row(i)[1], source.Row(i)[0] })];
        var data = new Dataset("odd", values, 120, 6, source.Labels);
        FitResult result = AnomalyDetector.Fit(data, Options(new NetworkSpec(8, 8) { BatchNorm = batchNorm }));
        AssertSound(result, data);
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
    }

    [Test]
    public void An_extreme_outlier_is_trained_with_and_scores_among_the_highest(
        [Values(1e12f, -1e12f)] float outlier, [Values] FeatureScaling scaling)
    {
        Dataset source = SyntheticData.Contaminated(n: 400, d: 4);
        float[] values = [.. source.Values];
        values[2] = outlier;
        var data = new Dataset("outlier", values, 400, 4, source.Labels);
        FitResult result = AnomalyDetector.Fit(data, Options(new NetworkSpec(8, 8)) with { Scaling = scaling });
        AssertSound(result, data);
        float[] scores = result.Detector.Score(data);
        Assert.That(result.Detector.Percentile(scores[0]), Is.GreaterThan(95));
        if (scaling == FeatureScaling.Standard) Assert.That(scores[0], Is.EqualTo(scores.Max()));
    }

    [Test]
    public void Two_and_three_samples_are_trained_with([Values(2, 3)] int samples, [Values(1, 3)] int features, [Values] bool batchNorm)
    {
        var random = new System.Random(samples);
        var data = new Dataset(
            "few", [.. Enumerable.Range(0, samples * features).Select(_ => random.NextSingle())], samples, features,
            [.. Enumerable.Range(0, samples).Select(i => i == 0)]);
        AssertSound(AnomalyDetector.Fit(data, Options(new NetworkSpec(8) { BatchNorm = batchNorm })), data);
    }

    [Test]
    public void Log_scales_that_explode_freeze_their_run_in_the_round_and_epoch_that_the_alarm_names()
    {
        // Without flow batch norm and with a large step, what a round gives little weight may run away.
        Dataset data = SyntheticData.Contaminated(n: 200, d: 4);
        FitOptions options = Options(new NetworkSpec(8, 8) { BatchNorm = false });
        TrainingOptions wild = options.Training with { LearningRate = 0.03, Seeds = 12, Epochs = 10, Rounds = 1 };
        FitResult result = AnomalyDetector.Fit(data, options with { Training = wild });
        Alarm[] frozen = [.. result.Alarms.Where(alarm => alarm.Kind == AlarmKind.Frozen)];
        Assert.That(frozen, Has.Length.InRange(1, 11));
        Assert.That(frozen.Select(alarm => alarm.Epoch), Has.Some.Not.Null);
        foreach (Alarm alarm in frozen)
        {
            RunReport run = result.Runs.Single(run => run.Seed == alarm.Seed);
            Assert.That((run.Frozen, run.Rounds.Count), Is.EqualTo((true, alarm.Round)), "it keeps the rounds before");
            string when = alarm.Epoch is null ? $"round {alarm.Round}" : $"round {alarm.Round}, epoch {alarm.Epoch}";
            Assert.That(alarm.Message, Does.Contain($"stopped in {when}:"));
        }

        Assert.That(result.Runs.Where(run => !run.Frozen).Select(run => run.Rounds.Count), Is.All.EqualTo(2));
        AssertSound(result, data);
    }

    [Test]
    public void A_step_that_wrecks_every_run_says_so()
    {
        Dataset data = SyntheticData.Contaminated(n: 200, d: 4);
        FitOptions options = Options(new NetworkSpec(8, 8) { BatchNorm = false });
        TrainingOptions wild = options.Training with { LearningRate = 10, Seeds = 2 };
        TrainingFailedException e = Assert.Throws<TrainingFailedException>(
            () => AnomalyDetector.Fit(data, options with { Training = wild }));
        Assert.That(e.Alarms.Select(alarm => (alarm.Kind, alarm.Round)), Is.EqualTo(new[] { (AlarmKind.Frozen, 0), (AlarmKind.Frozen, 0) }));
        Assert.That(e.Message, Does.Contain("round 0").And.Contains("smaller learning rate"));
    }

    private static FitOptions Options(
        NetworkSpec network, int ensemble = 1, MadeDegrees degrees = MadeDegrees.Sequential) => new()
    {
        Model = new MaskedAutoregressiveFlow { Degrees = degrees },
        Network = network,
        Threads = 1,
        Training = new TrainingOptions { Rounds = 3, Epochs = 6, BatchSize = 32, Seed = 17, Ensemble = ensemble },
    };

    private static void AssertSound(FitResult result, Dataset data)
    {
        Assert.That(result.Detector.Threshold, Is.InRange(float.MinValue, float.MaxValue));
        Assert.That(result.Detector.Score(data), Is.All.InRange(float.MinValue, float.MaxValue).And.None.NaN);
        Assert.That(result.Detector.Content.Members.Select(member => member.Median), Has.All.InRange(double.MinValue, double.MaxValue));
        foreach (RoundReport round in result.Runs.SelectMany(run => run.Rounds))
        {
            double[] numbers =
            [
                round.Loss, round.ScoreMin, round.ScoreMedian, round.ScoreMax, round.WeightMean, round.WeightMedian, round.OtsuRatio,
                round.Auc ?? 0, round.NormalWeightMean ?? 0, round.AnomalyWeightMean ?? 0,
            ];
            Assert.That(numbers, Has.All.InRange(-float.MaxValue, float.MaxValue).And.None.NaN, round.ToString());
        }
    }
}
