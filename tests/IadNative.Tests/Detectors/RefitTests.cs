using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Compute;

namespace IadNative.Tests.Detectors;

public sealed class RefitTests
{
    private static readonly Dataset s_old = SyntheticData.Contaminated(seed: 1), s_new = SyntheticData.Contaminated(seed: 2);

    [Test]
    public void Every_model_goes_on_with_the_same_bits_whatever_the_threads_and_leaves_the_old_one_as_it_is(
        [EachModel] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector old = Fitted(model, ensemble);
        byte[] before = old.Saved();
        byte[][] refitted = [.. new[] { 1, 2, 1 }.Select(threads => old.Refit(s_new, new RefitOptions { Threads = threads }).Detector.Saved())];
        Assert.That(refitted[1], Is.EqualTo(refitted[0]));
        Assert.That(refitted[2], Is.EqualTo(refitted[0]));
        Assert.That(SyntheticData.Loaded(before).Refit(s_new).Detector.Saved(), Is.EqualTo(refitted[0]), "from its file");
        Assert.That(old.Saved(), Is.EqualTo(before));
        Assert.That(refitted[0], Is.Not.EqualTo(before));
        Assert.That(SyntheticData.Loaded(refitted[0]).Saved(), Is.EqualTo(refitted[0]));
    }

    [Test]
    public void Round_0_is_the_old_network_on_new_data_and_the_rounds_after_it_train([EachModel("svdd", "svdd-soft", "ae", "maf")] BaseModel model)
    {
        AnomalyDetector old = Fitted(model.Pretrained(2));
        var networks = new List<float[]>();
        DetectorFit.Run(s_new, new RefitOptions { Rounds = 2 }.For(old.Options, 5), null, default,
            (_, _, states) => networks.Add([.. states[0].Parameters]), from: new RefitStart(old.Content, 0.5));
        Assert.That(networks, Has.Count.EqualTo(3));
        Assert.That(networks[0], Is.EqualTo(old.Content.Members[0].Trained.Parameters));
        Assert.That(networks[1], Is.Not.EqualTo(networks[0]));
        Assert.That(networks[2], Is.Not.EqualTo(networks[1]));
    }

    [Test]
    public void The_report_sets_the_new_detector_beside_the_old_one()
    {
        AnomalyDetector old = Fitted(BaseModel.OneClassSvdd);
        FitResult result = old.Refit(s_new, new RefitOptions { Rounds = 2, Seed = 9 });
        Assert.Multiple(() =>
        {
            Assert.That(result.Untrained, Is.Null);
            Assert.That(result.Runs.Single().Rounds, Has.Count.EqualTo(3));
            Assert.That(result.Runs[0].Rounds[0].Loss, Is.NaN);
            Assert.That(result.Detector.Seed, Is.EqualTo(9));
            Assert.That(result.Detector.Options.Training.Rounds, Is.EqualTo(2));
            Assert.That(result.Detector.Options.Training.Epochs, Is.EqualTo(old.Options.Training.Epochs));
            Assert.That(old.Refit(s_new).Detector.Options.Training.Rounds, Is.EqualTo(1), "the default");
            Assert.That(old.Refit(s_new).Detector.Seed, Is.EqualTo(old.Seed));
            Assert.That(old.Refit(s_new, new RefitOptions { Threshold = ThresholdRule.Top(3) }).AtThreshold!.Value.Flagged, Is.EqualTo(3));
        });
    }

    [Test]
    public void A_gaussian_is_fitted_anew_on_the_weights_of_the_old_one()
    {
        AnomalyDetector old = Fitted(BaseModel.Gaussian);
        float[] values = [.. s_new.Values.Select((x, i) => i % s_new.Columns == 0 ? (1024 * x) + 4096 : x)];
        var moved = new Dataset("moved", values, s_new.Rows, s_new.Columns, s_new.Labels);
        AnomalyDetector fresh = AnomalyDetector.Fit(moved, SyntheticData.Quick(BaseModel.Gaussian) with { Training = new TrainingOptions { Rounds = 12 } }).Detector;
        AnomalyDetector refitted = old.Refit(moved, new RefitOptions { Rounds = 12 }).Detector;
        float[] expected = fresh.Score(moved), scores = refitted.Score(moved);
        Assert.That(RocAuc.Compute(scores, moved.Labels!), Is.EqualTo(RocAuc.Compute(expected, moved.Labels!)).Within(0.02));
        Assert.That(scores.Average(), Is.EqualTo(expected.Average()).Within(10).Percent);
        Assert.That(old.Score(moved).Average(), Is.GreaterThan(2 * expected.Average()), "of the old one, it would be another");
    }

    [Test]
    public void Columns_that_are_scaled_and_shifted_cost_the_refitted_detector_nothing([EachModel("svdd", "ae", "maf", "gaussian")] BaseModel model)
    {
        AnomalyDetector old = Fitted(model);
        float[] moved = [.. s_new.Values.Select((x, i) => i % 2 == 0 ? (1024 * x) + 4096 : x)];
        var drifted = new Dataset("drifted", moved, s_new.Rows, s_new.Columns, s_new.Labels);
        FitResult plain = old.Refit(s_new), result = old.Refit(drifted);
        Assert.That(result.Iad!.Mean, Is.EqualTo(plain.Iad!.Mean).Within(0.01));
        Assert.That(result.Iad.Mean, Is.GreaterThan(RocAuc.Compute(old.Score(drifted), drifted.Labels!)));
    }

    [Test]
    public void A_committee_keeps_the_columns_of_its_networks_under_another_seed([Values(1, 2)] int rounds)
    {
        FitOptions options = new()
        {
            MemberScale = MemberScale.Quartiles,
            Training = new TrainingOptions { Rounds = 2, Epochs = 2, BatchSize = 32, Seed = 4, Termination = TerminationCriterion.Average(3 - rounds, 2) },
            Families =
            [
                new DetectorFamily { Network = new NetworkSpec(4, 2), Count = 5, ColumnsPerMember = 3, Range = 1 },
                new DetectorFamily { Model = BaseModel.Gaussian, Columns = [4, 1, 0], Votes = false },
            ],
        };
        AnomalyDetector old = AnomalyDetector.Fit(s_old, options).Detector;
        AnomalyDetector refitted = old.Refit(s_new, new RefitOptions { Seed = 77 }).Detector;
        DetectorMember[] last = [.. old.Content.Members.Skip((rounds - 1) * 5).Take(5)];
        Assert.That(refitted.Content.Members.Take(5).Select(member => member.Features), Is.EqualTo(last.Select(member => member.Features)));
        Assert.That(refitted.Content.Members[^1].Features, Is.EqualTo(new[] { 4, 1, 0 }));
        Assert.That(SyntheticData.Loaded(refitted.Saved()).Score(s_new), Is.EqualTo(refitted.Score(s_new)));
    }

    [Test]
    public void The_default_committee_goes_on_in_one_round()
    {
        AnomalyDetector old = AnomalyDetector.Fit(s_old).Detector;
        FitResult result = old.Refit(s_new);
        Assert.That(result.Detector.Model, Is.EqualTo(BaseModel.Auto));
        Assert.That(result.Runs[0].Rounds, Has.Count.EqualTo(2));
        Assert.That(result.Detector.Members, Is.EqualTo(old.Members));
        Assert.That(result.Iad!.Mean, Is.GreaterThan(0.9));
    }

    [Test]
    public void A_detector_that_was_fitted_without_weights_trains_once_without_them()
    {
        AnomalyDetector old = AnomalyDetector.Fit(s_old, SyntheticData.Quick() with { Training = new TrainingOptions { Rounds = 0, Epochs = 3 } }).Detector;
        FitResult result = old.Refit(s_new);
        Assert.That(result.Runs[0].Rounds, Has.Count.EqualTo(1));
        Assert.That(result.Runs[0].Rounds[0].WeightMean, Is.EqualTo(1));
        Assert.That(result.Detector.Content.Members[0].Trained.Parameters, Is.Not.EqualTo(old.Content.Members[0].Trained.Parameters));
    }

    [Test]
    public void Levels_that_are_new_are_told_and_like_unseen_ones()
    {
        AnomalyDetector old = AnomalyDetector.Fit(Levels(200, "a", "b"), SyntheticData.Quick()).Detector;
        FitResult result = old.Refit(Levels(200, "b", "new", "a"));
        Assert.That(result.Notes, Has.One.Contains("'level'").And.One.Contains("rows have levels"));
        Assert.That(result.Detector.Columns[1].Levels, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(old.Refit(Levels(200, "b", "a")).Notes, Has.None.Contains("levels"));
    }

    [Test]
    public void Data_of_other_columns_or_images_are_refused()
    {
        AnomalyDetector old = AnomalyDetector.Fit(Levels(60, "a", "b"), SyntheticData.Quick()).Detector;
        Assert.That(() => old.Refit(new Dataset("x", new float[120], 60, 2, null, ["x", "other"])),
            Throws.ArgumentException.With.Message.Contains("lacks 1 of the model's 2 columns: 'level'"));
        Assert.That(() => old.Refit(new Dataset("pixels", new float[120], 60, 2) { Image = new ImageShape(1, 2) }),
            Throws.ArgumentException.With.Message.Contains("images of 1x2 pixels, but the detector was fitted on a table"));
        Assert.That(() => old.Refit(Levels(60, "a"), new RefitOptions { Rounds = -1 }), Throws.ArgumentException.With.Message.Contains("Rounds is -1"));
        Assert.That(() => old.Refit(Levels(60, "a"), new RefitOptions { EpochShare = 0 }), Throws.ArgumentException.With.Message.Contains("EpochShare is 0"));
        Assert.That(() => old.Refit(Levels(60, "a"), new RefitOptions { Threads = -1 }), Throws.ArgumentException.With.Message.Contains("Threads is -1"));
    }

    [Test]
    public void It_reports_progress_to_the_end_and_can_be_cancelled()
    {
        AnomalyDetector old = Fitted(BaseModel.OneClassSvdd);
        var progress = new Collected();
        old.Refit(s_new, new RefitOptions { Rounds = 2 }, progress);
        Assert.That(progress.Last, Is.EqualTo(1));
        Assert.That(() => old.Refit(s_new, null, null, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test, Category("Emulator")]
    public void The_emulated_device_goes_on_as_the_cpu_does([EachModel("svdd", "ae", "maf", "gaussian")] BaseModel model, [Values(1, 2)] int ensemble)
    {
        AnomalyDetector old = Fitted(model, ensemble);
        Dataset few = SyntheticData.Contaminated(n: 96, seed: 3);
        IDevice device = Devices.Emulated;
        var options = new RefitOptions { Rounds = 1 };
        float[] actual = old.Refit(few, options with { Device = device }).Detector.Score(few), expected = old.Refit(few, options).Detector.Score(few);
        Assert.That(RocAuc.Compute(actual, few.Labels!), Is.EqualTo(RocAuc.Compute(expected, few.Labels!)).Within(0.02));
        Assert.That(old.Refit(few, options with { Device = device }).Detector.Score(few), Is.EqualTo(actual), "the same bits again");
    }

    private static AnomalyDetector Fitted(BaseModel model, int ensemble = 1)
    {
        FitOptions options = SyntheticData.Quick(model);
        return AnomalyDetector.Fit(s_old, options with { Training = options.Training with { Ensemble = ensemble } }).Detector;
    }

    private static Dataset Levels(int rows, params string[] levels)
    {
        var random = new System.Random(3);
        FeatureColumn[] columns = [new("x"), new("level", FeatureKind.Category) { Levels = levels }];
        float[] values = [.. Enumerable.Range(0, rows).SelectMany(_ => new[] { random.NextSingle(), random.Next(levels.Length) })];
        return new Dataset("levels", new TableValues(values), rows, columns, null, areNamed: true);
    }

    private sealed class Collected : IProgress<TrainingProgress>
    {
        public double Last { get; private set; }

        public void Report(TrainingProgress value) => Last = value.Fraction;
    }
}
