using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Cli;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Detectors;

/// <summary>The model for those who name none.</summary>
public sealed class AutomaticCommitteeTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 200, d: 9);
    private static readonly FitOptions s_options = new() { Threads = 1, Training = new TrainingOptions { Seed = 3 } };
    private static readonly Lazy<FitResult> s_fitted = new(() => AnomalyDetector.Fit(s_data, s_options));

    [Test]
    public void It_is_the_default_and_finds_the_anomalies_of_a_small_table()
    {
        FitResult result = s_fitted.Value;
        FitOptions options = result.Options;
        Assert.That((new FitOptions().Model, options.Model, result.Detector.Model), Is.EqualTo((BaseModel.Auto, BaseModel.Auto, BaseModel.Auto)));
        Assert.That(BaseModel.Parse("auto"), Is.EqualTo(BaseModel.Auto));
        Assert.That((options.Network, options.MemberScale), Is.EqualTo((NetworkSpec.None, MemberScale.Quartiles)));
        Assert.That(options.Families.Select(family => family.Model.Name), Is.EqualTo(new[] { "svdd", "svdd", "gaussian" }));
        TrainingOptions training = options.Training;
        Assert.That((training.Rounds, training.InverseTau, training.Termination), Is.EqualTo((1, BaseModel.Auto.DefaultInverseTau, TerminationCriterion.Last)));
        Assert.That(result.Detector.Members, Is.EqualTo(options.Families.Sum(family => family.Count)));
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(result.Detector.Score(s_data), Is.EqualTo(result.DetectorScores).And.All.InRange(-0.5f, 3f));
        Assert.That(result.DetectorScores!.Distinct().Count(), Is.GreaterThan(190));
        Assert.That(result.Runs[0].Rounds.Select(round => round.NeutralMembers), Is.All.Zero);
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
    }

    [TestCase(2)]
    [TestCase(3)]
    public void The_bits_do_not_depend_on_threads(int threads)
    {
        FitResult several = AnomalyDetector.Fit(s_data, s_options with { Threads = threads });
        Assert.That(several.Detector.Saved(), Is.EqualTo(s_fitted.Value.Detector.Saved()));
        Assert.That(several.TrainingScores, Is.EqualTo(s_fitted.Value.TrainingScores));
        Assert.That(several.Detector.Score(s_data, threads: threads), Is.EqualTo(s_fitted.Value.DetectorScores));
    }

    [Test]
    public void A_row_has_the_same_score_alone_and_beside_others()
    {
        AnomalyDetector detector = s_fitted.Value.Detector;
        float[] some = new float[37];
        detector.Score(s_data.Values.AsSpan(5 * 9, 37 * 9), some, threads: 1);
        Assert.That(some, Is.EqualTo(s_fitted.Value.DetectorScores!.Skip(5).Take(37)));
        for (int row = 0; row < s_data.Rows; row++)
            Assert.That(detector.Score(s_data.Row(row)), Is.EqualTo(s_fitted.Value.DetectorScores[row]), $"row {row}");
    }

    [Test]
    public void Saved_and_loaded_it_is_the_same()
    {
        AnomalyDetector detector = s_fitted.Value.Detector;
        byte[] file = detector.Saved();
        AnomalyDetector loaded = SyntheticData.Loaded(file);
        Assert.That(loaded.Model, Is.EqualTo(BaseModel.Auto));
        Assert.That(loaded.Options.Families, Is.EqualTo(detector.Options.Families));
        Assert.That(loaded.Options with { Families = [] }, Is.EqualTo(detector.Options with { Families = [], Threads = 0 }));
        Assert.That(loaded.Score(s_data), Is.EqualTo(detector.Score(s_data)));
        Assert.That(loaded.Saved(), Is.EqualTo(file));
    }

    [Test]
    public void Options_that_are_filled_are_filled()
    {
        FitOptions filled = s_options.FilledFor(s_data), again = filled.FilledFor(s_data);
        Assert.That(again.Families, Is.EqualTo(filled.Families));
        Assert.That(again with { Families = [] }, Is.EqualTo(filled with { Families = [] }));
    }

    [Test]
    public void Contributions_sum_to_the_distance_of_a_score_from_that_of_medians()
    {
        AnomalyDetector detector = s_fitted.Value.Detector;
        float[] medians = [.. detector.Content.Preparation.Columns.Select(column => (float)column.Median)], contributions = new float[s_data.Values.Length];
        detector.Explain(s_data.Values, contributions);
        double least = detector.Score(medians);
        Assert.That(detector.ExplainedFrom, Is.EqualTo(least));
        for (int row = 0; row < s_data.Rows; row++)
        {
            double sum = contributions[(row * 9)..((row + 1) * 9)].Sum(c => (double)c);
            Assert.That(sum, Is.EqualTo(detector.Score(s_data.Row(row)) - least).Within(1e-5), $"row {row}");
        }
    }

    [Test]
    public void On_images_it_is_a_committee_of_gaussians_of_smooth_images_and_finds_the_anomalies()
    {
        Dataset images = Drawn(300, 12, 10);
        FitResult result = AnomalyDetector.Fit(images, s_options);
        FitOptions options = result.Options;
        Assert.That((options.Model, options.Normalization, options.Scaling), Is.EqualTo((BaseModel.Auto, ImageNormalization.SmoothContrast, (FeatureScaling?)null)));
        Assert.That(options.Families.Select(family => (family.Model, family.Count, family.ColumnsPerMember)),
            Is.EqualTo(new (BaseModel, int, int?)[] { (BaseModel.Gaussian, 64, 16), (BaseModel.Gaussian, 1, null) }));
        Assert.That((options.Training.Rounds, options.Training.InverseTau, options.Training.Termination),
            Is.EqualTo((3, BaseModel.Auto.DefaultInverseTau, TerminationCriterion.Last)));
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(result.Detector.Score(images), Is.EqualTo(result.DetectorScores).And.All.InRange(-0.5f, 3f));

        byte[] file = result.Detector.Saved();
        AnomalyDetector loaded = SyntheticData.Loaded(file);
        Assert.That((loaded.Model, loaded.Image, loaded.Options.Normalization), Is.EqualTo((BaseModel.Auto, images.Image, (ImageNormalization?)ImageNormalization.SmoothContrast)));
        Assert.That(loaded.Score(images), Is.EqualTo(result.DetectorScores));
        Assert.That(loaded.Saved(), Is.EqualTo(file));
        Assert.That(AnomalyDetector.Fit(images, s_options with { Threads = 3 }).Detector.Saved(), Is.EqualTo(file));
    }

    [Test]
    public void Of_large_images_no_gaussian_sees_all_pixels_and_a_note_says_how_many_are_seen()
    {
        Dataset images = Drawn(60, 50, 40);
        FitResult result = AnomalyDetector.Fit(images, s_options);
        Assert.That(result.Options.Families.Select(family => family.ColumnsPerMember), Is.EqualTo(new int?[] { 16, 1024 }));
        int seen = result.Detector.Content.Members.SelectMany(member => member.Features!).Distinct().Count();
        Assert.That(seen, Is.InRange(1024, 1999));
        Assert.That(result.Notes, Has.One.Contains($"{seen} of the 2000 pixels"));
        AnomalyDetector loaded = SyntheticData.Loaded(result.Detector.Saved());
        Assert.That(loaded.Score(images), Is.EqualTo(result.DetectorScores));
        Assert.That(AnomalyDetector.Fit(Drawn(60, 8, 8), s_options).Notes, Has.None.Contains("pixels"));
    }

    [TestCase(1, 7)]
    [TestCase(3, 2)]
    public void Small_images_have_gaussians_of_all_their_pixels(int height, int width)
    {
        Dataset images = Drawn(60, height, width);
        FitResult result = AnomalyDetector.Fit(images, s_options);
        Assert.That(result.DetectorScores, Is.All.InRange(-0.5f, 3f));
        Assert.That(result.DetectorScores.Distinct().Count(), Is.GreaterThan(40));
    }

    // Beside an image without contrast, as odd to Gaussians as any anomaly, all contributions would be 0.
    [Test]
    public void What_an_anomalous_image_scores_is_explained_from_the_mean_image()
    {
        Dataset images = Drawn(300, 12, 10);
        AnomalyDetector detector = AnomalyDetector.Fit(images, s_options).Detector;
        Assert.That(detector.ExplainedFrom, Is.LessThan(0.5f));
        float[] contributions = new float[images.Columns];
        for (int row = 0; row < images.Rows; row += 10)
        {
            float score = detector.Score(images.Row(row));
            detector.Explain(images.Row(row), contributions);
            Assert.That(contributions.Sum(c => (double)c), Is.EqualTo(score - detector.ExplainedFrom).Within(1e-4));
            Assert.That(score - detector.ExplainedFrom, Is.GreaterThan(0.5), $"row {row}");
        }
    }

    // A bright bar, upright in normal images and lying in anomalies, at a place of its own, with noise.
    private static Dataset Drawn(int rows, int height, int width)
    {
        var random = new System.Random(5);
        float[] values = new float[rows * height * width];
        bool[] labels = new bool[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = i % 10 == 0;
            int place = random.Next(-1, 2);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int distance = labels[i] ? y - (height / 2) : x - (width / 2);
                    bool isBright = Math.Abs(distance - place) <= 1;
                    values[(((i * height) + y) * width) + x] = (isBright ? 200 : 0) + random.Next(40);
                }
            }
        }

        return new Dataset("bars", values, rows, height * width, labels) { Image = new ImageShape(height, width) };
    }

    [Test]
    public void What_it_leaves_no_choice_of_is_refused_and_the_way_out_named()
    {
        Refused(new FitOptions { Network = new NetworkSpec(8, 4) }, "the network");
        Refused(new FitOptions { Training = new TrainingOptions { Epochs = 5 } }, "epochs");
        Refused(new FitOptions { Training = new TrainingOptions { LearningRate = 1e-3 } }, "a learning rate");
        Refused(new FitOptions { Training = new TrainingOptions { Ensemble = 3 } }, "an ensemble");
        Assert.That(
            () => AnomalyDetector.Fit(Drawn(20, 8, 8), new FitOptions { Network = NetworkSpec.LeNetMnist }),
            Throws.ArgumentException.With.Message.Contains("auto leaves no choice of the network"));
        Assert.That(
            () => AnomalyDetector.Fit(s_data, new FitOptions { Threshold = ThresholdRule.Radius }), Throws.ArgumentException.With.Message.Contains("radius"));
        Assert.That(
            () => AnomalyDetector.Fit(s_data, new FitOptions { Families = [new DetectorFamily { Model = BaseModel.Auto }] }),
            Throws.ArgumentException.With.Message.Contains("auto is made of families"));

        static void Refused(FitOptions options, string said) => Assert.That(
            () => AnomalyDetector.Fit(s_data, options),
            Throws.ArgumentException.With.Message.Contains($"auto leaves no choice of {said}. Name a model, such as svdd"));
    }

    [Test]
    public void Rounds_tau_termination_and_batch_are_the_callers()
    {
        FitOptions options = s_options with
        {
            Training = new TrainingOptions { Rounds = 2, InverseTau = 5, BatchSize = 64, Termination = TerminationCriterion.Average(1, 2) },
        };
        TrainingOptions training = options.FilledFor(s_data).Training;
        Assert.That(
            (training.Rounds, training.InverseTau, training.BatchSize, training.Termination),
            Is.EqualTo((2, 5.0, 64, TerminationCriterion.Average(1, 2))));
        FitResult result = AnomalyDetector.Fit(s_data, options);
        Assert.That(result.Detector.Rounds, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.95));
    }

    [Test]
    public void Families_of_ones_own_have_the_defaults_of_their_models()
    {
        FitOptions filled = new FitOptions { Families = [new DetectorFamily { Count = 2 }] }.FilledFor(s_data);
        Assert.That((filled.Model, filled.Network), Is.EqualTo((BaseModel.OneClassSvdd, new NetworkSpec(32, 16, 8))));
        Assert.That(
            (filled.Training.Rounds, filled.Training.InverseTau, filled.Training.Termination), Is.EqualTo((15, 4.0, TerminationCriterion.RankFlip)));
    }

    [TestCase(3, 1)]
    [TestCase(3, 2)]
    [TestCase(5, 3)]
    [TestCase(9, 2)]
    [TestCase(60, 1)]
    public void Few_rows_and_features_are_trained_with(int n, int d)
    {
        var random = new System.Random(n);
        var data = new Dataset(
            "few", [.. Enumerable.Range(0, n * d).Select(i => random.NextSingle() + (i / d == n - 1 ? 9 : 0))], n, d,
            [.. Enumerable.Range(0, n).Select(i => i == n - 1)]);
        FitResult result = AnomalyDetector.Fit(data, s_options);
        float[] scores = result.Detector.Score(data);
        Assert.That(scores, Is.All.InRange(-0.5f, 3f));
        Assert.That(SyntheticData.Loaded(result.Detector.Saved()).Score(data), Is.EqualTo(scores));
        if (n >= 9) Assert.That(result.Iad!.Mean, Is.EqualTo(1));
    }

    [Test]
    public void Two_rows_are_refused()
    {
        Assert.That(
            () => AnomalyDetector.Fit(new Dataset("two", [1, 2, 3, 4], 2, 2), s_options),
            Throws.ArgumentException.With.Message.Contains("two has 2 samples; at least 3"));
    }

    [Test]
    public void Columns_that_are_constant_say_nothing()
    {
        const int columns = 6;
        float[] values = [.. Enumerable.Range(0, s_data.Rows).SelectMany(row => (float[])[s_data.Row(row)[0], s_data.Row(row)[1], s_data.Row(row)[2], 7, -1, 0])];
        var data = new Dataset("some constant", values, s_data.Rows, columns, s_data.Labels);
        FitResult result = AnomalyDetector.Fit(data, s_options);
        Assert.That(result.DetectorScores, Is.All.InRange(-0.5f, 3f));
        Assert.That(result.Iad!.Mean, Is.GreaterThan(0.85));
        Assert.That(result.Detector.Score(data), Is.EqualTo(result.DetectorScores));
    }

    [Test]
    public void Rows_that_are_all_the_same_are_refused_in_words([Values] bool areImages)
    {
        var same = new Dataset("same", [.. Enumerable.Repeat(7f, 40 * 64)], 40, 64) { Image = areImages ? new ImageShape(8, 8) : null };
        Assert.That(
            () => AnomalyDetector.Fit(same, new FitOptions()),
            Throws.ArgumentException.With.Message.StartWith("same: every feature has one value in all 40 rows, so that a committee cannot tell them apart."));
        Assert.That(AnomalyDetector.Fit(same, SyntheticData.Quick()).Detector.Score(same.Row(0)), Is.Not.NaN);
    }

    [Test]
    public void Rows_that_all_occur_twice_score_alike()
    {
        float[] values = [.. s_data.Values, .. s_data.Values];
        FitResult result = AnomalyDetector.Fit(new Dataset("twice", values, 2 * s_data.Rows, 9, [.. s_data.Labels!, .. s_data.Labels!]), s_options);
        Assert.That(result.DetectorScores!.Skip(s_data.Rows), Is.EqualTo(result.DetectorScores!.Take(s_data.Rows)));
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.95));
    }

    [Test]
    public void Of_very_many_columns_the_gaussian_sees_some()
    {
        Dataset data = SyntheticData.Contaminated(n: 60, d: 320);
        FitResult result = AnomalyDetector.Fit(data, s_options);
        Assert.That(result.Options.Families[^1].ColumnsPerMember, Is.EqualTo(300));
        Assert.That(result.Detector.Content.Members[^1].Features, Has.Length.EqualTo(300).And.Unique);
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(SyntheticData.Loaded(result.Detector.Saved()).Score(data), Is.EqualTo(result.DetectorScores));
        Assert.That(s_fitted.Value.Options.Families[^1].ColumnsPerMember, Is.Null);
    }

    [Test]
    public void The_command_names_its_families_in_json_report_and_model()
    {
        using var folder = new TestFolder();
        string model = folder.File("m.iad");
        CliRun fit = CliRun.Of(
            "fit", folder.WriteCsv(), "--label", "label", "--device", "cpu", "--json", folder.File("r.json"), "--report", folder.File("r.html"), "--out", model);
        Assert.That(fit.Code, Is.EqualTo(IadNative.Cli.ExitCodes.Success), fit.Err);
        System.Text.Json.JsonElement json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder.File("r.json"))).RootElement;
        Assert.That((json.GetProperty("model").GetString(), json.GetProperty("network").GetString()), Is.EqualTo(("auto", "none")));
        string[] families = [.. json.GetProperty("families").EnumerateArray().Select(family => family.GetString()!)];
        Assert.That(families, Has.Length.EqualTo(3));
        Assert.That(families[..2], Is.All.Match(@"^\d+ svdd \S+ on \d features each$"));
        Assert.That(families[2], Is.EqualTo("1 gaussian"));
        Assert.That(json.GetProperty("iad").GetProperty("auc").GetProperty("mean").GetDouble(), Is.GreaterThan(0.95));
        foreach (string family in families)
        {
            Assert.That(fit.Out, Does.Contain(family.Split(' ')[1]));
            Assert.That(File.ReadAllText(folder.File("r.html")), Does.Contain(family));
        }

        CliRun info = CliRun.Of("info", model);
        Assert.That(info.Code, Is.EqualTo(IadNative.Cli.ExitCodes.Success), info.Err);
        Assert.That(info.Out, Does.Match(@"model\s+auto").And.Match(@"families\s+\d+ svdd"));
        CliRun explained = CliRun.Of("score", model, folder.File("data.csv"), "--label", "label", "--explain");
        Assert.That(explained.Code, Is.EqualTo(IadNative.Cli.ExitCodes.Success), explained.Err);
    }

    [Test]
    public void Of_categories_it_counts_the_levels_that_are_features_of_their_own()
    {
        string[] levels = [.. Enumerable.Range(0, 10).Select(level => $"{level}")];
        FeatureColumn[] columns = [.. Enumerable.Range(0, 31).Select(j => new FeatureColumn($"c{j}", FeatureKind.Category) { Levels = levels })];
        var data = new Dataset("t", new TableValues(new float[20 * 31]), 20, columns, null, true);
        Assert.That(new FitOptions().FilledFor(data).Families[^1].ColumnsPerMember, Is.EqualTo(300));
    }

    // Three networks in place of many: the emulated device takes its time.
    [Test, Category("Emulator")]
    public void On_cuda_it_finds_the_same_anomalies()
    {
        ClangCompiler.IgnoreIfMissing();
        Dataset data = SyntheticData.Contaminated(n: 60, d: 4);
        FitOptions options = s_options.FilledFor(data);
        options = options with { Families = [.. options.Families.Select(family => family with { Count = Math.Min(family.Count, 3) })] };
        using var driver = new EmulatedCudaDriver(new EmulatorOptions());
        FitResult actual = AnomalyDetector.Fit(data, options with { Device = new CudaDevice(driver) });
        FitResult expected = AnomalyDetector.Fit(data, options);
        Assert.That(actual.Runs[0].Rounds.Select(round => round.NeutralMembers), Is.All.Zero);
        Assert.That(actual.DetectorScores!.Zip(expected.DetectorScores!, (a, b) => Math.Abs(a - b)).Average(), Is.LessThan(0.05));
        Assert.That(actual.Iad!.Mean, Is.EqualTo(expected.Iad!.Mean).Within(0.02));
    }
}
