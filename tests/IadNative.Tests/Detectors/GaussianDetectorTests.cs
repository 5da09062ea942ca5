using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Detectors;

/// <summary>Whole fits of a Gaussian: its defaults, its scores told apart, its file.</summary>
internal sealed class GaussianDetectorTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 400, d: 9);

    [Test]
    public void It_has_defaults_of_its_own_and_no_network()
    {
        FitResult result = AnomalyDetector.Fit(s_data, new FitOptions { Model = BaseModel.Gaussian });
        TrainingOptions training = result.Options.Training;
        Assert.That((training.Rounds, training.Termination, training.Epochs, training.InverseTau), Is.EqualTo((10, TerminationCriterion.Last, (int?)1, 4.0)));
        Assert.That((result.Options.Network, result.Detector.Network), Is.EqualTo((NetworkSpec.None, NetworkSpec.None)));
        Assert.That((result.Detector.Round, result.Runs[0].Rounds.Count, result.Detector.ExplainedFrom), Is.EqualTo((10, 11, 0f)));
        Assert.That((result.Untrained, result.Controls.Single().Name), Is.EqualTo(((AucSummary?)null, "distance")));
        Assert.That(result.Iad!.Mean, Is.GreaterThan(0.9));
    }

    [Test]
    public void What_is_said_goes_before_its_defaults_and_other_models_keep_theirs()
    {
        FitOptions options = new()
        {
            Model = BaseModel.Gaussian,
            Training = new TrainingOptions { Rounds = 15, Termination = TerminationCriterion.RankFlip, Epochs = 7 },
        };
        TrainingOptions training = options.FilledFor(s_data).Training;
        Assert.That((training.Rounds, training.Termination, training.Epochs), Is.EqualTo((15, TerminationCriterion.RankFlip, (int?)1)));
        training = new FitOptions { Families = [new DetectorFamily { Model = BaseModel.Gaussian }, new DetectorFamily()] }.FilledFor(s_data).Training;
        Assert.That((training.Rounds, training.Termination), Is.EqualTo((15, TerminationCriterion.RankFlip)));
    }

    [Test]
    public void A_network_for_it_is_refused_and_so_is_none_for_a_network()
    {
        Assert.That(
            () => AnomalyDetector.Fit(s_data, new FitOptions { Model = BaseModel.Gaussian, Network = new NetworkSpec(8, 4) }),
            Throws.ArgumentException.With.Message.Contains("A Gaussian has no network, but 8-4 was given"));
        foreach (BaseModel model in BaseModel.All.Where(model => model.HasNetwork))
        {
            Assert.That(
                () => AnomalyDetector.Fit(s_data, new FitOptions { Model = model, Network = NetworkSpec.None }),
                Throws.ArgumentException.With.Message.Contains("is a network; give it the widths"));
        }

        Assert.That((NetworkSpec.None.ToString(), NetworkSpec.Parse("none")), Is.EqualTo(("none", NetworkSpec.None)));
    }

    [Test]
    public void Contributions_sum_to_the_score([Values(1, 3)] int ensemble, [Values(1, 2, 9, 16, 17, 40)] int features, [Values] FeatureScaling scaling)
    {
        Dataset data = SyntheticData.Contaminated(n: 120, d: features);
        AnomalyDetector detector = AnomalyDetector.Fit(data, new FitOptions
        {
            Model = BaseModel.Gaussian, Scaling = scaling, Training = new TrainingOptions { Rounds = 3, Ensemble = ensemble },
        }).Detector;
        float[] scores = detector.Score(data), contributions = new float[data.Values.Length];
        detector.Explain(data.Values, contributions);
        for (int row = 0; row < data.Rows; row++)
        {
            float[] own = contributions[(row * features)..((row + 1) * features)];
            Assert.That(own.Sum(value => (double)value), Is.EqualTo(scores[row]).Within(1e-4 * own.Sum(Math.Abs)), $"row {row}");
        }
    }

    // Two features that go together: a row where one of them does not is told by it, whichever it is.
    [Test]
    public void A_planted_feature_contributes_most([Range(0, 4)] int planted)
    {
        var random = new System.Random(planted);
        float[] values = [.. Enumerable.Range(0, 300 * 5).Select(_ => Problem.Gauss(random))];
        values[(17 * 5) + planted] += 9;
        var data = new Dataset("planted", values, 300, 5);
        AnomalyDetector detector = AnomalyDetector.Fit(data, new FitOptions { Model = BaseModel.Gaussian, Scaling = FeatureScaling.Standard }).Detector;
        float[] scores = detector.Score(data), contributions = new float[5];
        detector.Explain(data.Row(17), contributions);
        Assert.That(Array.IndexOf(scores, scores.Max()), Is.EqualTo(17));
        Assert.That(Array.IndexOf(contributions, contributions.Max()), Is.EqualTo(planted));
        Assert.That(contributions[planted], Is.GreaterThan(0.9 * scores[17]));
    }

    [Test]
    public void A_file_reads_back_to_the_same_scores_and_contributions([Values(1, 3)] int ensemble, [Values] bool families)
    {
        var options = new FitOptions { Model = BaseModel.Gaussian, Training = new TrainingOptions { Rounds = 2, Ensemble = ensemble } };
        if (families)
        {
            options = new FitOptions
            {
                Families =
                [
                    new DetectorFamily { Model = BaseModel.Gaussian, Count = ensemble },
                    new DetectorFamily { Model = BaseModel.Gaussian, Columns = [4, 2, 7] },
                ],
                Training = new TrainingOptions { Rounds = 2 },
            };
        }

        AnomalyDetector detector = AnomalyDetector.Fit(s_data, options).Detector, loaded = SyntheticData.Loaded(detector.Saved());
        Assert.That(loaded.Options.Network, Is.EqualTo(NetworkSpec.None));
        Assert.That(loaded.Saved(), Is.EqualTo(detector.Saved()));
        Assert.That(loaded.Score(s_data), Is.EqualTo(detector.Score(s_data)));
        float[] expected = new float[s_data.Values.Length], actual = new float[s_data.Values.Length];
        detector.Explain(s_data.Values, expected);
        loaded.Explain(s_data.Values, actual);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void Explaining_a_row_allocates_nothing()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, new FitOptions { Model = BaseModel.Gaussian }).Detector;
        float[] row = [.. s_data.Row(3)], contributions = new float[9];
        for (int i = 0; i < 200; i++) detector.Explain(row, contributions);
        Assert.That(Allocations.Of(() => detector.Explain(row, contributions)), Is.Zero);
    }

    [Test]
    public void Its_weights_follow_the_logarithm_of_the_scores()
    {
        FitResult result = AnomalyDetector.Fit(s_data, new FitOptions { Model = BaseModel.Gaussian, Training = new TrainingOptions { Rounds = 1 } });
        FitResult @base = AnomalyDetector.Fit(s_data, new FitOptions { Model = BaseModel.Gaussian, Training = new TrainingOptions { Rounds = 0 } });
        float[] logarithms = [.. @base.TrainingScores!.Select(score => (float)Math.Log(Math.Max(score, 1e-12)))];
        int[] order = new int[logarithms.Length];
        Ranking.Order(logarithms, order);
        float[] weights = new float[logarithms.Length];
        ImportanceWeights.Update(logarithms, ScoreStatistics.Of(logarithms, order), 4, weights);
        Assert.That(result.Runs[0].Rounds[1].WeightMean, Is.EqualTo(weights.Average()).Within(1e-5));
    }

    [Test]
    public void With_other_models_it_shares_weights_or_has_its_own([Values] bool shared)
    {
        FitResult result = AnomalyDetector.Fit(s_data, SyntheticData.Quick() with
        {
            Families =
            [
                new DetectorFamily { Network = new NetworkSpec(6, 3), Count = 2 },
                new DetectorFamily { Model = BaseModel.Gaussian },
            ],
            SharedWeights = shared,
        });
        Assert.That((result.Detector.Members, result.Iad!.Mean > 0.8), Is.EqualTo((3, true)));
        Assert.That(result.Controls.Select(control => control.Name), Is.EqualTo(new[] { "untrained", "distance" }));
    }
}
