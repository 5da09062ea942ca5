using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Tests.Iad;

namespace IadNative.Tests.Detectors;

/// <summary>Controls that learned nothing, beside the result.</summary>
public sealed class ControlTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated();

    [Test]
    public void The_distance_is_that_from_the_mean_of_the_prepared_features()
    {
        // Prepared: (0, 0), (4, 0), (8, 6); their mean is (4, 2).
        float[] distances = Controls.Distances((float[])[1, 7, 3, 7, 5, 9], new FeatureScaler([1, 7], [2, 3]));
        Assert.That(distances, Is.EqualTo(new[] { 20f, 4f, 32f }));
    }

    [Test]
    public void Agreement_is_a_rank_correlation_and_the_share_of_the_flagged_samples()
    {
        ControlReport report = Controls.Compare("distance", [1, 2, 3, 4, 5], [10, 30, 20, 50, 40], 35, [false, false, true, true, false]);
        Assert.That(report.Name, Is.EqualTo("distance"));
        Assert.That(report.RankCorrelation, Is.EqualTo(0.8).Within(1e-15));
        Assert.That(report.SharedFlagged, Is.EqualTo(1.0), "4 and 5 are the highest of both");
        Assert.That(report.Auc, Is.EqualTo(4.0 / 6));
        report = Controls.Compare("distance", [5, 4, 3, 2, 1], [10, 30, 20, 50, 40], 45, null);
        Assert.That((report.SharedFlagged, report.Auc), Is.EqualTo(((double?)0.0, (double?)null)));
        Assert.That(report.RankCorrelation, Is.EqualTo(-0.8).Within(1e-15));
        report = Controls.Compare("distance", [1, 1], [1, 2], 9, null);
        Assert.That((report.SharedFlagged, report.RankCorrelation), Is.EqualTo(((double?)null, (double?)null)));
    }

    [TestCase(true, 0.021)]
    [TestCase(false, 0.02)]
    [TestCase(false, -0.5)]
    [TestCase(false)]
    [TestCase(true, 0.05, 0.06, 0.04)]
    [TestCase(false, 0.01, 0.02, 0.015)]
    [TestCase(true, 0.1, 0.2, 0.3)]
    [TestCase(false, 0.0, 0.2, 0.4)]
    [TestCase(false, -0.1, 0.1, 0.3)]
    public void A_control_is_better_by_more_than_two_points_and_two_standard_errors(bool isBetter, params double[] differences) =>
        Assert.That(ControlAlarm.IsBetter(differences), Is.EqualTo(isBetter));

    [Test]
    public void A_fit_reports_both_controls_with_and_without_labels([EachNetwork] BaseModel model, [Values(1, 2)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(model);
        options = options with { Training = options.Training with { Ensemble = ensemble } };
        FitResult labelled = AnomalyDetector.Fit(s_data, options), plain = AnomalyDetector.Fit(SyntheticData.WithLabels(s_data, null), options);
        Assert.That(labelled.Controls.Select(control => control.Name), Is.EqualTo((string[])(model.SelfTraining is ProcessTraining ? ["distance"] : ["untrained", "distance"])));
        if (labelled.Untrained is not null) Assert.That(labelled.Controls[0].Auc, Is.EqualTo(labelled.Untrained.Values[0]));
        Assert.That(labelled.Controls.Select(control => control.RankCorrelation), Is.All.InRange(-1.0, 1.0));
        Assert.That(labelled.Controls.Select(control => control.SharedFlagged), Is.All.InRange(0.0, 1.0));
        Assert.That(plain.Controls, Is.EqualTo(labelled.Controls.Select(control => control with { Auc = null })));
        ThresholdQuality quality = labelled.AtThreshold!.Value;
        Assert.That(quality, Is.EqualTo(ThresholdQuality.Of([.. labelled.DetectorScores], s_data.Labels!, labelled.Detector.Threshold)));
        Assert.That((quality.Flagged > 0, quality.Anomalies), Is.EqualTo((true, 30)));
        Assert.That(plain.AtThreshold, Is.Null);
    }

    [TestCase(0.9, 0.6, true)]
    [TestCase(0.6, 0.9, false)]
    [TestCase(null, 0.6, false)]
    public void An_alarm_says_that_untrained_networks_are_better(double? untrained, double trained, bool isBetter)
    {
        RunReport run = Reports.Run(1, Reports.Round(0), Reports.Round(1, auc: trained)) with { UntrainedAuc = untrained };
        Alarm? alarm = ControlAlarm.ForUntrained([run]);
        Assert.That(alarm is not null, Is.EqualTo(isBetter));
        if (alarm is null) return;
        Assert.That((alarm.Kind, alarm.Seed, alarm.Round), Is.EqualTo((AlarmKind.ControlBetter, run.Seed, 1)));
        Assert.That(alarm.Message, Does.StartWith("The untrained network has an AUC of 90.0%, the result 60.0%."));
    }

    [Test]
    public void An_alarm_says_that_the_distance_is_better()
    {
        // A code of one number that is trained hardly at all finds little; the wide anomalies are far from the mean.
        FitOptions options = SyntheticData.Quick(BaseModel.Autoencoder) with { Network = new NetworkSpec(5) };
        options = options with { Training = options.Training with { Rounds = 0, Epochs = 40, LearningRate = 0.05 } };
        FitResult result = AnomalyDetector.Fit(Clusters(), options);
        double distance = result.Controls.Single(control => control.Name == "distance").Auc!.Value, iad = result.Iad!.Mean;
        Assert.That(distance - iad, Is.GreaterThan(0.02));
        Alarm alarm = result.Alarms.Single(alarm => alarm.Message.StartsWith("The squared distance", StringComparison.Ordinal));
        Assert.That((alarm.Kind, alarm.Seed, alarm.Round), Is.EqualTo((AlarmKind.ControlBetter, result.Runs[0].Seed, 0)));
        Assert.That(alarm.Message, Does.Contain(FormattableString.Invariant($"{100 * distance:F1}%"))
            .And.Contain(FormattableString.Invariant($"{100 * iad:F1}%")));
    }

    [Test]
    public void A_run_without_an_auc_keeps_its_place_among_the_seeds()
    {
        FitResult result = AnomalyDetector.Fit(s_data, SyntheticData.Quick() with
        {
            Training = SyntheticData.Quick().Training with { Seeds = 3 },
        });
        AucSummary iad = DetectorFit.Summarize(
            [result.Runs[0], result.Runs[1] with { Rounds = [], SelectedRound = -1 }, result.Runs[2]], run => run.IadAuc)!;
        Assert.That(iad.Values, Is.EqualTo(new[] { result.Runs[0].IadAuc, null, result.Runs[2].IadAuc }));
        Assert.That(iad.Count, Is.EqualTo(2));
        Assert.That(iad.Mean, Is.EqualTo((result.Runs[0].IadAuc + result.Runs[2].IadAuc) / 2).Within(1e-15));
    }

    // Normal samples on a narrow ring of directions that an autoencoder learns to repeat with its anomalies, which only lie farther out.
    private static Dataset Clusters()
    {
        var random = new System.Random(4);
        float[] values = new float[300 * 4];
        bool[] labels = new bool[300];
        for (int i = 0; i < 300; i++)
        {
            labels[i] = i >= 200;
            for (int j = 0; j < 4; j++)
                values[(i * 4) + j] = labels[i] ? 3 * (((i >> j) & 1) - 0.5f) : (float)(random.NextDouble() - 0.5);
        }

        return new Dataset("clusters", values, 300, 4, labels);
    }
}
