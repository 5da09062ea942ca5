using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

public sealed class ScoringTests
{
    // Not a multiple of any block or vector width.
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 201, d: 7);

    [Test]
    public void A_row_scores_the_same_alone_in_a_matrix_after_loading_and_on_any_thread(
        [EachModel] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(model, ensemble), loaded = SyntheticData.Loaded(detector.Saved());
        float[] scores = detector.Score(s_data);
        float least = model.LeastScore();
        Assert.That(scores, Is.All.GreaterThanOrEqualTo(least).And.All.LessThan(float.MaxValue));
        Assert.That(loaded.Score(s_data), Is.EqualTo(scores));
        for (int i = 0; i < s_data.Rows; i++)
        {
            Assert.That(detector.Score(s_data.Row(i)), Is.EqualTo(scores[i]), $"row {i} alone");
            Assert.That(loaded.Score(s_data.Row(i)), Is.EqualTo(scores[i]), $"row {i} alone, loaded");
        }

        foreach (int start in (int[])[0, 1, 63, 64, 65, 190])
        {
            float[] part = new float[Math.Min(70, s_data.Rows - start)];
            detector.Score(s_data.Values.AsSpan(start * s_data.Columns, part.Length * s_data.Columns), part);
            Assert.That(part, Is.EqualTo(scores[start..(start + part.Length)]), $"rows from {start}");
        }
    }

    [Test]
    public void Eight_threads_score_at_once_to_the_same_bits([Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(BaseModel.OneClassSvdd, ensemble);
        float[] expected = detector.Score(s_data);
        int[] wrong = new int[8];
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            float[] scores = new float[s_data.Rows];
            for (int repeat = 0; repeat < 40; repeat++)
            {
                detector.Score(s_data.Values, scores);
                int row = (repeat * 7) % s_data.Rows;
                if (!scores.AsSpan().SequenceEqual(expected) || detector.Score(s_data.Row(row)) != expected[row]) wrong[t]++;
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(wrong, Is.All.Zero);
    }

    [Test]
    public void A_matrix_large_enough_for_several_threads_has_the_same_scores_on_any_number(
        [EachNetwork] BaseModel model, [Values(1, 3)] int ensemble) => CheckThreads(s_data, Options(model, ensemble) with
    {
        Network = new NetworkSpec(96, 64, 8),
    });

    [Test]
    public void So_have_images_through_convolutions_and_normalised_ones([Values("8x4-conv16-conv32-6-2", "96-64-8")] string network)
    {
        Dataset table = SyntheticData.Contaminated(n: 101, d: 32);
        var images = new Dataset("images", table.Values, table.Rows, table.Columns) { Image = new ImageShape(8, 4) };
        CheckThreads(images, Options(BaseModel.OneClassSvdd, 1) with { Network = NetworkSpec.Parse(network) });
    }

    [Test]
    public void A_negative_number_of_threads_is_refused() => Assert.That(
        () => Fit(BaseModel.OneClassSvdd, 1).Score(s_data.Row(0), new float[1], threads: -1),
        Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Scoring_a_row_allocates_nothing([EachModel] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(model, ensemble);
        ReadOnlySpan<float> row = s_data.Row(5);
        float sum = 0;
        for (int i = 0; i < 200; i++) sum += detector.Score(row);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) sum += detector.Score(row);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.Zero);
        Assert.That(sum, Is.Not.Zero.And.Not.NaN);
    }

    [Test]
    public void A_feature_that_is_not_finite_or_too_far_out_gives_a_score_that_is_defined_and_its_neighbours_keep_theirs(
        [EachModel] BaseModel model, [Values(1, 3)] int ensemble,
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue)] float value, [Values] FeatureScaling scaling)
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, Options(model, ensemble) with { Scaling = scaling }).Detector;
        float[] expected = detector.Score(s_data);
        for (int feature = 0; feature < s_data.Columns; feature++)
        {
            float[] rows = [.. s_data.Values[..(70 * s_data.Columns)]];
            rows[(33 * s_data.Columns) + feature] = value;
            float[] scores = new float[70];
            detector.Score(rows, scores);
            // Robust scaling keeps finite features in its range, however far out.
            if (float.IsFinite(value) && scaling == FeatureScaling.Robust)
                Assert.That(scores[33], Is.LessThan(float.MaxValue).And.GreaterThan(model.SelfTraining is null ? expected.Min() : float.MinValue));
            else if (float.IsFinite(value) && model is SelfTrainedOrdinalRegression)
                Assert.That(scores[33], Is.InRange(float.MinValue, float.MaxValue), $"feature {feature}"); // nothing in it is squared
            else
                Assert.That(scores[33], Is.EqualTo(float.MaxValue), $"feature {feature}");
            Assert.That(detector.Score(rows.AsSpan(33 * s_data.Columns, s_data.Columns)), Is.EqualTo(scores[33]));
            scores[33] = expected[33];
            Assert.That(scores, Is.EqualTo(expected[..70]));
            Assert.That(detector.IsAnomaly(float.MaxValue), Is.True);
            Assert.That(detector.Percentile(float.MaxValue), Is.EqualTo(100.0));
        }
    }

    [Test]
    public void Even_a_constant_feature_must_be_finite()
    {
        float[] values = [.. s_data.Values];
        for (int i = 0; i < s_data.Rows; i++) values[i * s_data.Columns] = 3;
        AnomalyDetector detector = AnomalyDetector.Fit(
            new Dataset("constant", values, s_data.Rows, s_data.Columns), SyntheticData.Quick()).Detector;
        float[] row = [.. s_data.Row(0)];
        row[0] = 3;
        float score = detector.Score(row);
        row[0] = 1e30f;
        Assert.That(detector.Score(row), Is.EqualTo(score), "its scale is 0");
        row[0] = float.NaN;
        Assert.That(detector.Score(row), Is.EqualTo(float.MaxValue));
    }

    [TestCase(0, 1)]
    [TestCase(6, 1)]
    [TestCase(8, 1)]
    [TestCase(14, 1)]
    [TestCase(7, 0)]
    [TestCase(7, 2)]
    public void Lengths_that_do_not_fit_are_refused(int numbers, int scores)
    {
        AnomalyDetector detector = Fit(BaseModel.OneClassSvdd, 1);
        Assert.That(() => detector.Score(new float[numbers], new float[scores]),
            Throws.ArgumentException.With.Message.Contains("7 features"));
        if (scores == 1) Assert.That(() => detector.Score(new float[numbers]), Throws.ArgumentException);
    }

    [Test]
    public void No_rows_have_no_scores() =>
        Assert.That(() => Fit(BaseModel.OneClassSvdd, 1).Score([], Span<float>.Empty), Throws.Nothing);

    [Test]
    public void Percentiles_are_the_places_among_the_training_scores()
    {
        AnomalyDetector detector = Fit(BaseModel.Autoencoder, 1);
        float[] sorted = detector.Score(s_data);
        Array.Sort(sorted);
        Assert.Multiple(() =>
        {
            Assert.That(detector.Percentile(sorted[0]), Is.EqualTo(0.0));
            Assert.That(detector.Percentile(sorted[^1]), Is.EqualTo(100.0));
            Assert.That(detector.Percentile(sorted[100]), Is.EqualTo(50.0).Within(1e-9), "the median of 201");
            Assert.That(detector.Percentile(0), Is.EqualTo(0.0));
        });

        // 200 steps of 0.5%, 1000 quantile steps of 0.1%: training scores lie on the grid.
        for (int i = 0; i < sorted.Length; i++)
            Assert.That(detector.Percentile(sorted[i]), Is.EqualTo(i / 2.0).Within(1e-3));
    }

    [Test]
    public void A_quantile_threshold_labels_its_share_of_the_training_samples([Values(0.5, 0.9, 0.95, 0.99)] double q)
    {
        AnomalyDetector detector = Fit(BaseModel.OneClassSvdd, 1, ThresholdRule.AtQuantile(q));
        float[] scores = detector.Score(s_data), sorted = [.. scores.Order()];
        Assert.That(detector.Threshold, Is.EqualTo((float)Quantiles.Linear(sorted, q)));
        Assert.That(scores.Count(detector.IsAnomaly), Is.EqualTo(s_data.Rows - 1 - (int)(q * (s_data.Rows - 1))));
    }

    [Test]
    public void The_otsu_threshold_splits_the_training_scores_with_the_least_variance([Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(BaseModel.Autoencoder, ensemble, ThresholdRule.Otsu);
        double[] sorted = [.. detector.Score(s_data).Select(s => (double)s).Order()];
        int best = Enumerable.Range(1, sorted.Length - 1).MinBy(k => Squares(sorted[..k]) + Squares(sorted[k..]));
        Assert.That(sorted.Count(score => detector.IsAnomaly((float)score)), Is.EqualTo(sorted.Length - best));

        static double Squares(double[] values)
        {
            double mean = values.Average();
            return values.Sum(v => (v - mean) * (v - mean));
        }
    }

    [Test]
    public void The_soft_boundary_s_threshold_is_its_squared_radius()
    {
        AnomalyDetector detector = Fit(BaseModel.SoftBoundarySvdd, 1, ThresholdRule.Radius);
        float radius = detector.Content.Members[0].Trained.State[^1];
        Assert.That(radius, Is.GreaterThan(0));
        Assert.That(detector.Threshold, Is.EqualTo(radius * radius));

        AnomalyDetector ensemble = Fit(BaseModel.SoftBoundarySvdd, 3, ThresholdRule.Radius);
        double expected = Enumerable.Range(0, 3).Average(k =>
            (double)ensemble.Content.Members[k].Trained.State[^1] * ensemble.Content.Members[k].Trained.State[^1] / ensemble.Content.Members[k].Median);
        Assert.That(ensemble.Threshold, Is.EqualTo((float)expected).Within(1e-6f * (float)expected));
    }

    [Test]
    public void An_ensemble_averages_its_members_over_their_median_training_scores()
    {
        AnomalyDetector ensemble = Fit(BaseModel.OneClassSvdd, 3);
        AnomalyDetector[] members = [.. Enumerable.Range(0, 3).Select(k => new AnomalyDetector(ensemble.Content with
        {
            Options = ensemble.Options with { Training = ensemble.Options.Training with { Ensemble = 1 } },
            Members = [ensemble.Content.Members[k] with { Median = 0 }],
        }))];
        float[][] scores = [.. members.Select(member => member.Score(s_data))];
        float[] averaged = ensemble.Score(s_data);
        for (int k = 0; k < 3; k++)
            Assert.That(ensemble.Content.Members[k].Median, Is.EqualTo((double)scores[k].Order().ElementAt(100)),
                $"the median of 201, member {k}");
        for (int i = 0; i < s_data.Rows; i++)
        {
            double expected = Enumerable.Range(0, 3).Average(k => scores[k][i] / ensemble.Content.Members[k].Median);
            Assert.That(averaged[i], Is.EqualTo((float)expected).Within(1e-6f * (float)expected));
        }
    }

    [Test]
    public void An_ensemble_of_flows_averages_its_members_less_their_median_training_scores()
    {
        AnomalyDetector ensemble = Fit(BaseModel.MaskedAutoregressiveFlow, 3);
        AnomalyDetector[] members = [.. Enumerable.Range(0, 3).Select(k => new AnomalyDetector(ensemble.Content with
        {
            Options = ensemble.Options with { Training = ensemble.Options.Training with { Ensemble = 1 } },
            Members = [ensemble.Content.Members[k] with { Median = 0 }],
        }))];
        float[][] scores = [.. members.Select(member => member.Score(s_data))];
        float[] averaged = ensemble.Score(s_data);
        for (int k = 0; k < 3; k++)
            Assert.That(ensemble.Content.Members[k].Median, Is.EqualTo((double)scores[k].Order().ElementAt(100)), $"the median of 201, member {k}");
        for (int i = 0; i < s_data.Rows; i++)
        {
            double expected = Enumerable.Range(0, 3).Average(k => scores[k][i] - ensemble.Content.Members[k].Median);
            Assert.That(averaged[i], Is.EqualTo((float)expected).Within(1e-6 * scores.Max(member => Math.Abs(member[i]))));
        }
    }

    // The data many times over, of which each row has the score that it has alone.
    private static void CheckThreads(Dataset data, FitOptions options)
    {
        const int repeats = 60;
        AnomalyDetector detector = AnomalyDetector.Fit(data, options).Detector;
        float[] alone = [.. Enumerable.Range(0, data.Rows).Select(i => detector.Score(data.Row(i)))];
        float[] rows = [.. Enumerable.Repeat(data.Values, repeats).SelectMany(values => values)];
        float[] expected = [.. Enumerable.Repeat(alone, repeats).SelectMany(scores => scores)];
        foreach (int threads in (int[])[0, 1, 2, 3, 8])
        {
            if (threads > 0) Assert.That(detector.Scorer.Shares.Parts(expected.Length, threads), Is.EqualTo(threads));
            float[] scores = new float[expected.Length];
            detector.Score(rows, scores, threads);
            Assert.That(scores.AsSpan().SequenceEqual(expected), Is.True, $"{threads} threads");
        }
    }

    private static AnomalyDetector Fit(BaseModel model, int ensemble, ThresholdRule? threshold = null) =>
        AnomalyDetector.Fit(s_data, Options(model, ensemble) with { Threshold = threshold }).Detector;

    private static FitOptions Options(BaseModel model, int ensemble)
    {
        FitOptions options = SyntheticData.Quick(model);
        return options with { Training = options.Training with { Rounds = 1, Epochs = 4, Ensemble = ensemble } };
    }
}
