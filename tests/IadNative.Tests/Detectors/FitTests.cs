using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

public sealed class FitTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated();

    [Test]
    public void Anomalies_off_the_cluster_are_found([EachModel] BaseModel model, [Values(1, 3)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(model);
        FitResult result = AnomalyDetector.Fit(
            s_data, options with { Training = options.Training with { Ensemble = ensemble, Epochs = 20, Seeds = 5 } });
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        Assert.That(result.Iad!.Mean, Is.GreaterThan(model.SelfTraining is null ? 0.8 : 0)); // those follow their first scores wherever they lead
        Assert.That(result.IadBest!.Mean, Is.GreaterThanOrEqualTo(result.Iad.Mean).And.LessThanOrEqualTo(1));
        Assert.That(result.Base!.Mean, Is.InRange(model.SelfTraining is null ? 0.5 : 0, 1));
        Assert.That(result.Untrained?.Mean, model.HasNetwork && model.SelfTraining is not ProcessTraining ? Is.InRange(0.0, 1.0) : Is.Null);
        Assert.That(result.Runs.SelectMany(run => run.Rounds).Select(round => round.DistinctScores), Is.All.GreaterThan(s_data.Rows / 2));
        Assert.That(result.Detector.Members, Is.EqualTo(ensemble));

        // The detector scores as the run did: it is the selected round's.
        double auc = RocAuc.Compute(result.Detector.Score(s_data), s_data.Labels);
        Assert.That(auc, Is.EqualTo(result.Runs[0].IadAuc));
        Assert.That(result.TrainingScores, Is.EqualTo(result.Detector.Score(s_data)));
    }

    [Test]
    public void Labels_have_no_influence([EachModel] BaseModel model, [Values(1, 2)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(model);
        options = options with { Training = options.Training with { Ensemble = ensemble, Seeds = 2 } };
        bool[] permuted = [.. s_data.Labels!];
        new System.Random(3).Shuffle(permuted);
        FitResult labelled = AnomalyDetector.Fit(s_data, options);
        FitResult unlabelled = AnomalyDetector.Fit(SyntheticData.WithLabels(s_data, null), options);
        FitResult shuffled = AnomalyDetector.Fit(SyntheticData.WithLabels(s_data, permuted), options);

        Assert.That(unlabelled.Detector.Saved(), Is.EqualTo(labelled.Detector.Saved()));
        Assert.That(shuffled.Detector.Saved(), Is.EqualTo(labelled.Detector.Saved()));
        Assert.That(unlabelled.Runs.Select(WithoutLabels), Is.EqualTo(labelled.Runs.Select(WithoutLabels)));
        Assert.That(shuffled.Runs.Select(WithoutLabels), Is.EqualTo(labelled.Runs.Select(WithoutLabels)));
        Assert.That((unlabelled.Untrained, unlabelled.Base, unlabelled.Iad, unlabelled.IadBest),
            Is.EqualTo(((AucSummary?)null, (AucSummary?)null, (AucSummary?)null, (AucSummary?)null)));
        Assert.That(shuffled.Base!.Mean, Is.Not.EqualTo(labelled.Base!.Mean), "the labels were read after all");
    }

    [Test]
    public void Results_do_not_depend_on_threads([EachModel] BaseModel model, [Values(1, 3)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(model);
        options = options with { Training = options.Training with { Ensemble = ensemble, Seeds = 4 } };
        FitResult one = AnomalyDetector.Fit(s_data, options);
        FitResult two = AnomalyDetector.Fit(s_data, options with { Threads = 2 });
        FitResult five = AnomalyDetector.Fit(s_data, options with { Threads = 5 });
        AssertSame(two, one);
        AssertSame(five, one);
    }

    [Test]
    public void Run_r_equals_a_single_run_with_the_seed_moved_by_r(
        [EachNetwork] BaseModel model, [Values] BetweenRounds between, [Values(1, 2)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(model.Pretrained(2));
        TrainingOptions training = options.Training with
        {
            Rounds = 2, Epochs = 3, Seeds = 3, Ensemble = ensemble, Between = between,
        };
        FitResult together = AnomalyDetector.Fit(s_data, options with { Training = training });
        Assert.That(together.Detector.Seed, Is.EqualTo(17ul));
        for (int r = 0; r < 3; r++)
        {
            FitResult alone = AnomalyDetector.Fit(
                s_data, options with { Training = training with { Seeds = 1, Seed = 17 + (ulong)r } });
            Assert.That(SyntheticData.Fingerprint(together.Runs[r]),
                Is.EqualTo(SyntheticData.Fingerprint(alone.Runs[0])), $"run {r}");
            Assert.That((together.Base!.Values[r], together.Iad!.Values[r], together.IadBest!.Values[r],
                together.Untrained?.Values[r]),
                Is.EqualTo((alone.Base!.Mean, alone.Iad!.Mean, alone.IadBest!.Mean, alone.Untrained?.Mean)));
            if (r == 0) Assert.That(alone.Detector.Score(s_data), Is.EqualTo(together.Detector.Score(s_data)));
        }

        Assert.That(together.Runs.Select(run => run.Rounds[0].ScoreMedian), Is.Unique, "the seeds differ");
    }

    [Test]
    public void Each_way_between_rounds_and_pretraining_changes_the_later_rounds()
    {
        FitOptions options = SyntheticData.Quick();
        RunReport[] runs =
        [
            .. Enum.GetValues<BetweenRounds>().SelectMany(_ => new[] { 0, 2 }, Fitted),
        ];
        Assert.That(runs.Select(run => run.Rounds[1].ScoreMedian), Is.Unique);
        Assert.That(runs.Select(run => run.Rounds[0].ScoreMedian).Distinct().Count(), Is.EqualTo(2),
            "round 0 knows only of pretraining");

        RunReport Fitted(BetweenRounds between, int pretrain)
        {
            TrainingOptions training = options.Training with { Between = between };
            return AnomalyDetector.Fit(s_data, options.Pretrained(pretrain) with { Training = training }).Runs[0];
        }
    }

    [Test]
    public void No_further_round_gives_the_base_model([EachModel] BaseModel model)
    {
        FitOptions options = SyntheticData.Quick(model);
        FitResult @base = AnomalyDetector.Fit(s_data, options with { Training = options.Training with { Rounds = 0 } });
        FitResult fixedAtBase = AnomalyDetector.Fit(
            s_data, options with { Training = options.Training with { Termination = TerminationCriterion.Fixed(0) } });
        Assert.That((@base.Detector.Round, @base.Runs[0].Rounds.Count), Is.EqualTo((0, 1)));
        Assert.That((@base.Iad!.Mean, @base.IadBest!.Mean), Is.EqualTo((@base.Base!.Mean, @base.Base.Mean)));
        Assert.That(@base.Runs[0].Rounds[0].WeightMean, Is.EqualTo(1));
        Assert.That(fixedAtBase.Detector.Score(s_data), Is.EqualTo(@base.Detector.Score(s_data)));
        Assert.That(fixedAtBase.Base!.Mean, Is.EqualTo(@base.Base.Mean));
    }

    [Test]
    public void Summaries_are_mean_and_population_deviation_over_seeds()
    {
        FitOptions options = SyntheticData.Quick();
        FitResult result = AnomalyDetector.Fit(s_data, options with { Training = options.Training with { Seeds = 3 } });
        double[] values = [.. result.Runs.Select(run => run.IadAuc!.Value)];
        double mean = values.Average();
        Assert.That(result.Iad!.Values, Is.EqualTo(values));
        Assert.That(result.Iad.Mean, Is.EqualTo(mean).Within(1e-15));
        Assert.That(result.Iad.Std, Is.EqualTo(Math.Sqrt(values.Average(v => (v - mean) * (v - mean)))).Within(1e-15));
        IEnumerable<double> best = result.Runs.Select(run => run.Rounds.Max(round => round.Auc)!.Value);
        Assert.That(result.IadBest!.Values, Is.EqualTo(best));
        Assert.That(result.Runs.Select(run => run.Seed), Is.EqualTo((ulong[])[17, 18, 19]));
    }

    [Test]
    public void Options_that_do_not_go_together_are_refused()
    {
        FitOptions svdd = SyntheticData.Quick(), ae = SyntheticData.Quick(BaseModel.Autoencoder);
        FitOptions maf = SyntheticData.Quick(BaseModel.MaskedAutoregressiveFlow);
        Assert.Multiple(() =>
        {
            Refused(svdd with { Threshold = ThresholdRule.Radius }, "radius");
            Refused(ae with { Threshold = ThresholdRule.Radius }, "radius");
            Refused(maf with { Threshold = ThresholdRule.Radius }, "radius");
            Refused(svdd.Pretrained(-1), "PretrainEpochs");
            Refused(svdd.Pretrained(65_536), "PretrainEpochs");
            Refused(svdd with { Model = new SoftBoundarySvdd { Nu = 0 } }, "Nu");
            Refused(svdd with { Model = new SoftBoundarySvdd { Nu = 1.01 } }, "Nu");
            Refused(svdd with { Model = new SoftBoundarySvdd { Nu = double.NaN } }, "Nu");
            Refused(svdd with { Threads = -1 }, "Threads");
            Refused(svdd with { Threads = 4097 }, "Threads");
            Refused(svdd with { Training = svdd.Training with { Rounds = -1 } }, "Rounds");
        });

        static void Refused(FitOptions options, string word) =>
            Assert.That(() => AnomalyDetector.Fit(s_data, options), Throws.ArgumentException.With.Message.Contains(word));
    }

    [Test]
    public void What_was_left_open_is_filled_in()
    {
        FitOptions quick = SyntheticData.Quick(BaseModel.SoftBoundarySvdd) with { Network = null };
        FitResult result = AnomalyDetector.Fit(s_data,
            quick with { Training = quick.Training with { Rounds = 0, Epochs = 1 } });
        Assert.That(result.Options.Network, Is.EqualTo(new NetworkSpec(32, 16, 8)));
        Assert.That(result.Options.Threshold, Is.EqualTo(ThresholdRule.RootOtsu));
        Assert.That(result.Detector.Options, Is.EqualTo(result.Options));
        Assert.That(result.Detector.FeatureNames, Is.EqualTo(s_data.FeatureNames));
        Assert.That(result.Detector.CreatedBy, Does.StartWith("IadNative "));
        Assert.That(result.Device, Does.StartWith("CPU"));
    }

    [TestCase("maf", "32-32", 5)]
    [TestCase("ae", "32-16-8", 20)]
    public void Network_and_epochs_follow_from_the_model(string name, string network, int epochs)
    {
        BaseModel model = BaseModel.Parse(name);
        FitResult result = AnomalyDetector.Fit(
            SyntheticData.Contaminated(n: 60, d: 3), new FitOptions { Model = model, Training = new TrainingOptions { Rounds = 0 } });
        Assert.That((result.Options.Network!.ToString(), result.Options.Training.Epochs), Is.EqualTo((network, (int?)epochs)));
        FitResult written = AnomalyDetector.Fit(
            SyntheticData.Contaminated(n: 60, d: 3),
            new FitOptions { Model = model, Training = new TrainingOptions { Rounds = 0, Epochs = epochs } });
        Assert.That(written.Detector.Saved(), Is.EqualTo(result.Detector.Saved()));
    }

    [Test]
    public void Weighting_by_density_leaves_the_base_model_alone_and_changes_later_rounds([Values(1, 2)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(BaseModel.MaskedAutoregressiveFlow);
        FitResult[] results =
        [
            .. new[] { false, true }.Select(density => AnomalyDetector.Fit(
                s_data, options with
                {
                    Model = new MaskedAutoregressiveFlow { WeightByDensity = density },
                    Training = options.Training with { Ensemble = ensemble },
                })),
        ];
        RoundReport[] likelihood = [.. results[0].Runs[0].Rounds], byDensity = [.. results[1].Runs[0].Rounds];
        Assert.That(byDensity[0] with { Seconds = 0 }, Is.EqualTo(likelihood[0] with { Seconds = 0 }));
        Assert.That(byDensity[1].WeightMean, Is.Not.EqualTo(likelihood[1].WeightMean));
        Assert.That(byDensity[1].ScoreMedian, Is.Not.EqualTo(likelihood[1].ScoreMedian));
    }

    [Test]
    public void Training_on_the_cpu_can_be_cancelled([Values(1, 2)] int threads)
    {
        using var source = new CancellationTokenSource();
        FitOptions options = SyntheticData.Quick(threads: threads);
        var progress = new CancelAtFirstReport(source);
        Assert.That(
            () => AnomalyDetector.Fit(
                s_data, options with { Training = options.Training with { Seeds = 3, Epochs = 1000 } },
                progress, source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(progress.Largest, Is.LessThan(0.1));
    }

    private sealed class CancelAtFirstReport(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public double Largest { get; private set; }

        public void Report(TrainingProgress value)
        {
            Largest = Math.Max(Largest, value.Fraction);
            source.Cancel();
        }
    }

    private static void AssertSame(FitResult actual, FitResult expected)
    {
        Assert.That(actual.Detector.Saved(), Is.EqualTo(expected.Detector.Saved()));
        Assert.That(actual.Runs.Select(SyntheticData.Fingerprint),
            Is.EqualTo(expected.Runs.Select(SyntheticData.Fingerprint)));
    }

    private static string WithoutLabels(RunReport run) => SyntheticData.Fingerprint(run with
    {
        UntrainedAuc = null,
        Rounds =
        [
            .. run.Rounds.Select(round => round with
            {
                Auc = null, NormalWeightMean = null, NormalWeightMedian = null, AnomalyWeightMean = null, AnomalyWeightMedian = null,
            }),
        ],
    });
}
