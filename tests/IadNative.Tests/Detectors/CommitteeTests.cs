using System.Text.Json.Nodes;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;

namespace IadNative.Tests.Detectors;

/// <summary>Committees: families whose members see features and rows of their own, on one scale, with several rounds kept.</summary>
public sealed class CommitteeTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 120, d: 6);

    private static readonly DetectorFamily[] s_families =
    [
        new() { Network = new NetworkSpec(5, 3), ColumnsPerMember = 3, Count = 3, Range = 1, Steps = 9, RowsPerMember = 50, LearningRate = 5e-3 },
        new() { Model = new MaskedAutoregressiveFlow(), Network = new NetworkSpec(4), Columns = [5, 4, 3, 1], ColumnsPerMember = 2, Count = 2, Weight = 2 },
        new() { Model = new Autoencoder(), Network = new NetworkSpec(4, 2), Epochs = 3, Weight = 0.5, Votes = false },
    ];

    private static readonly FitOptions s_committee = new()
    {
        Families = s_families,
        MemberScale = MemberScale.Quartiles,
        Threads = 1,
        Training = new TrainingOptions
        {
            Rounds = 2, Epochs = 2, BatchSize = 16, Seed = 17, Seeds = 2, Termination = TerminationCriterion.Average(1, 2),
        },
    };

    [Test]
    public void It_fits_saves_loads_and_scores_the_same_bits()
    {
        FitResult result = AnomalyDetector.Fit(s_data, s_committee);
        AnomalyDetector detector = result.Detector;
        Assert.That((detector.Members, detector.Features, detector.Round), Is.EqualTo((12, 6, 2)));
        Assert.That(detector.Rounds, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(result.Runs.Select(run => run.KeptRounds), Is.All.EqualTo(new[] { 1, 2 }));
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);

        // 50 rows are 4 batches of 16: 9 steps are 2 epochs.
        Assert.That(result.Options.Families.Select(family => family.Epochs), Is.EqualTo(new int?[] { 2, 2, 3 }));
        Assert.That(result.Options.FilledFor(s_data).Families, Is.EqualTo(result.Options.Families), "filled in already");
        Assert.That(detector.Content.Members.Sum(member => member.Share), Is.EqualTo(1).Within(1e-12));
        Assert.That(detector.Content.Members.Select(member => member.Features?.Length ?? 6), Is.EqualTo(new[] { 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 6, 6 }));

        byte[] file = detector.Saved();
        Assert.That(new ModelFile(file).Description["format"]!.GetValue<int>(), Is.EqualTo(4));
        AnomalyDetector loaded = SyntheticData.Loaded(file);
        Assert.That(loaded.Options.Families, Is.EqualTo(detector.Options.Families));
        Assert.That(loaded.Options with { Families = [] }, Is.EqualTo(detector.Options with { Families = [], Threads = 0 }));
        Assert.That(loaded.Saved(), Is.EqualTo(file), "saved again, the same bytes");
        Assert.That(loaded.Rounds, Is.EqualTo(detector.Rounds));
        float[] scores = detector.Score(s_data);
        Assert.That(loaded.Score(s_data), Is.EqualTo(scores));
        Assert.That(scores, Has.None.NaN);
        for (int row = 0; row < s_data.Rows; row++)
        {
            Assert.That(detector.Score(s_data.Row(row)), Is.EqualTo(scores[row]), $"row {row} alone");
            Assert.That(result.TrainingScores![row], Is.EqualTo(scores[row]).Within(1e-4), $"row {row} in training");
        }
    }

    [Test]
    public void The_bits_do_not_depend_on_threads()
    {
        FitResult one = AnomalyDetector.Fit(s_data, s_committee);
        foreach (int threads in new[] { 2, 3, 7 })
        {
            FitResult several = AnomalyDetector.Fit(s_data, s_committee with { Threads = threads });
            Assert.That(several.Detector.Saved(), Is.EqualTo(one.Detector.Saved()), $"{threads} threads");
            Assert.That(several.TrainingScores, Is.EqualTo(one.TrainingScores));
            Assert.That(several.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(one.Runs.Select(SyntheticData.Fingerprint)));
            Assert.That(several.Detector.Score(s_data, threads: threads), Is.EqualTo(one.DetectorScores));
        }
    }

    [Test]
    public void A_score_is_the_sum_of_the_members_parts_each_on_features_of_its_own()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_committee).Detector;
        IReadOnlyList<DetectorMember> members = detector.Content.Members;
        double[] sums = new double[s_data.Rows];
        for (int k = 0; k < members.Count; k++)
        {
            DetectorMember member = members[k];
            (double share, bool isFlow) = k < 6 ? (1 / 3.5 / 3 / 2, false) : k < 10 ? (2 / 3.5 / 2 / 2, true) : (0.5 / 3.5 / 2, false);
            float[] own = Alone(detector, member);
            double[] levels = [.. own.Select(score => isFlow ? score : Math.Log(Math.Max(score, 1e-12)))];
            double[] sorted = [.. levels.Order()];
            double median = Quantile(sorted, 0.5), width = Quantile(sorted, 0.75) - Quantile(sorted, 0.25);
            Assert.That(member.Median, Is.EqualTo(median).Within(1e-5), $"median of {k}");
            Assert.That(member.Width, Is.EqualTo(width).Within(1e-5), $"width of {k}");
            for (int i = 0; i < sums.Length; i++) sums[i] += share * Math.Clamp((levels[i] - median) / width, -0.5, 3);
        }

        float[] scores = detector.Score(s_data);
        for (int i = 0; i < sums.Length; i++) Assert.That(scores[i], Is.EqualTo(sums[i]).Within(1e-5));

        // Both rounds of a member see the same features, and no two members need to.
        for (int k = 0; k < 3; k++) Assert.That(members[k + 3].Features, Is.EqualTo(members[k].Features));
        Assert.That(members.Take(3).Select(member => string.Join(' ', member.Features!)).Distinct().Count(), Is.GreaterThan(1));
        foreach (DetectorMember flow in members.Skip(6).Take(4)) Assert.That(flow.Features, Is.SubsetOf(new[] { 5, 4, 3, 1 }));

        // The first family's features lie in [0, 1].
        foreach (DetectorMember member in members.Take(6))
        {
            for (int j = 0; j < 3; j++)
            {
                float[] column = [.. Enumerable.Range(0, s_data.Rows).Select(row => Prepared(detector, row, member.Features![j]))];
                Assert.That(member.Scaler.Offset[j], Is.EqualTo(column.Min()));
                Assert.That((column.Max() - column.Min()) * member.Scaler.Scale[j], Is.EqualTo(1).Within(1e-6));
            }
        }
    }

    [Test]
    public void A_row_that_is_not_all_numbers_has_the_highest_score()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_committee).Detector;
        for (int column = 0; column < 6; column++)
        {
            float[] row = s_data.Row(3).ToArray();
            row[column] = float.NaN;
            Assert.That(detector.Score(row), Is.EqualTo(float.MaxValue), $"column {column}");
            row[column] = 1e6f;
            Assert.That(detector.Score(row), Is.LessThanOrEqualTo(3f), $"column {column} far out");
        }
    }

    [Test]
    public void A_member_that_cannot_be_computed_with_is_neutral_and_stops_no_run()
    {
        FitResult result = AnomalyDetector.Fit(s_data, s_committee with { Device = new PoisonedDevice(replica => replica == 1) });
        Assert.That(result.Runs.Select(run => run.Frozen), Has.All.False);
        Assert.That(result.Runs[0].Rounds.Select(round => round.NeutralMembers), Has.All.EqualTo(2), "of the first and of the second family");
        Assert.That(result.Notes, Has.One.Contains("2 of the 6 networks of family 0 (svdd)").And.One.Contains("2 of the 4 networks of family 1 (maf)"));
        AnomalyDetector detector = result.Detector, loaded = SyntheticData.Loaded(detector.Saved());
        Assert.That(detector.Content.Members.Select(member => member.Width == 0).Count(isNeutral => isNeutral), Is.EqualTo(4));
        Assert.That(loaded.Score(s_data), Is.EqualTo(detector.Score(s_data)));
        Assert.That(detector.Score(s_data), Is.All.InRange(-0.5f, 3f));
        Assert.That(result.Runs[0].Rounds.Select(round => round.Loss), Has.None.NaN);
    }

    [Test]
    public void A_run_of_which_all_members_fail_is_given_up()
    {
        Assert.That(
            () => AnomalyDetector.Fit(s_data, s_committee with { Device = new PoisonedDevice(_ => true) }),
            Throws.TypeOf<TrainingFailedException>().With.Message.Contains("no network has scores that are finite"));
    }

    [Test]
    public void The_rounds_of_a_plain_model_are_averaged_on_the_scale_of_an_ensemble([EachModel] BaseModel model)
    {
        FitOptions plain = SyntheticData.Quick(model) with { Threads = 2 };
        FitResult average = With(TerminationCriterion.Average(1, 2));
        FitResult[] rounds = [With(TerminationCriterion.Fixed(1)), With(TerminationCriterion.Fixed(2))];
        Assert.That((average.Detector.Members, average.Detector.Round), Is.EqualTo((2, 2)));
        float[] scores = average.Detector.Score(s_data);
        float[][] own = [.. rounds.Select(round => round.Detector.Score(s_data))];
        bool isShifted = model.MemberScale == MemberScale.SubtractMedian;
        double[] medians = [.. own.Select(round => Quantile([.. round.Select(score => (double)score).Order()], 0.5))];
        for (int i = 0; i < scores.Length; i++)
        {
            double mean = Enumerable.Range(0, 2).Average(t => isShifted ? own[t][i] - medians[t] : own[t][i] / medians[t]);
            Assert.That(scores[i], Is.EqualTo(mean).Within(1e-5 * Math.Max(1, Math.Abs(mean))));
            Assert.That(average.TrainingScores![i], Is.EqualTo(scores[i]).Within(1e-4 * Math.Max(1, Math.Abs(mean))));
        }

        RunReport run = average.Runs[0];
        int[] order = new int[s_data.Rows];
        float[] trained = [.. average.TrainingScores!];
        Ranking.Order(trained, order);
        Assert.That(run.IadAuc, Is.EqualTo(RocAuc.Compute(trained, s_data.Labels!, order)));
        Assert.That(run.IadAuc, Is.EqualTo(run.AverageAuc));
        Assert.That(run.Rounds.Select(round => round.Auc), Is.EqualTo(rounds[0].Runs[0].Rounds.Select(round => round.Auc)), "rounds train as ever");
        Assert.That(SyntheticData.Loaded(average.Detector.Saved()).Score(s_data), Is.EqualTo(scores));

        FitResult With(TerminationCriterion termination) =>
            AnomalyDetector.Fit(s_data, plain with { Training = plain.Training with { Termination = termination } });
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    public void Where_training_has_fewer_rounds_those_there_are_are_kept(int trained, int selected)
    {
        FitOptions options = SyntheticData.Quick();
        AnomalyDetector average = Fit(TerminationCriterion.Average(1, 2)), single = Fit(TerminationCriterion.Fixed(selected));
        Assert.That((average.Members, average.Round), Is.EqualTo((1, selected)));
        Assert.That(average.Score(s_data), Is.EqualTo(single.Score(s_data)), "an only network's scores stay as they are");
        Assert.That(SyntheticData.Loaded(average.Saved()).Score(s_data), Is.EqualTo(single.Score(s_data)));

        AnomalyDetector Fit(TerminationCriterion termination) => AnomalyDetector.Fit(
            s_data, options with { Training = options.Training with { Rounds = trained, Termination = termination } }).Detector;
    }

    [Test]
    public void An_ensemble_takes_the_scale_that_is_asked_for()
    {
        FitOptions options = SyntheticData.Quick() with { Training = SyntheticData.Quick().Training with { Ensemble = 3 } };
        AnomalyDetector own = AnomalyDetector.Fit(s_data, options).Detector;
        AnomalyDetector same = AnomalyDetector.Fit(s_data, options with { MemberScale = MemberScale.DivideByMedian }).Detector;
        AnomalyDetector other = AnomalyDetector.Fit(s_data, options with { MemberScale = MemberScale.SubtractMedian }).Detector;
        AnomalyDetector quartiles = AnomalyDetector.Fit(s_data, options with { MemberScale = MemberScale.Quartiles }).Detector;
        Assert.That(same.Score(s_data), Is.EqualTo(own.Score(s_data)));
        Assert.That(other.Score(s_data), Is.Not.EqualTo(own.Score(s_data)));
        Assert.That(quartiles.Score(s_data), Is.All.InRange(-0.5f, 3f));
        foreach (AnomalyDetector detector in new[] { same, other, quartiles })
            Assert.That(SyntheticData.Loaded(detector.Saved()).Score(s_data), Is.EqualTo(detector.Score(s_data)));
    }

    [Test]
    public void What_makes_no_sense_is_refused()
    {
        Refused([s_families[0] with { ColumnsPerMember = 0 }], "ColumnsPerMember is 0");
        Refused([s_families[0] with { Steps = 0 }], "Steps is 0");
        Refused([s_families[0] with { RowsPerMember = 1 }], "RowsPerMember is 1");
        Refused([s_families[0] with { LearningRate = 0 }], "LearningRate is 0");
        Refused([s_families[0] with { Range = -1 }], "Range is -1");
        Refused([s_families[0] with { Weight = double.NaN }], "Weight is NaN");
        Refused([s_families[0] with { Weight = -1 }], "Weight is -1");
        Refused([s_families[0] with { Network = NetworkSpec.LeNetMnist }], "convolutions");
        Refused([s_families[0] with { Votes = false }, s_families[1] with { Weight = 0 }], "a say");
        Refused([s_families[0], new DetectorFamily { Model = new MaskedAutoregressiveFlow { WeightByDensity = true } }], "density");
        RefusedOptions(s_committee with { SharedWeights = false }, "share");
        RefusedOptions(s_committee with { MemberScale = null }, "Quartiles");
        RefusedOptions(s_committee with { MemberScale = (MemberScale)7 }, "no scale");
        RefusedOptions(s_committee with { Families = [s_families[0] with { Count = 400 }], Training = s_committee.Training with { Rounds = 9, Termination = TerminationCriterion.Average(1, 3) } }, "3 rounds of 400");
        Assert.That(
            () => new RobustOptions { Termination = TerminationCriterion.Average(1, 2) }.Validate(), Throws.ArgumentException.With.Message.Contains("one round"));
        Assert.That(() => new RobustOptions { Scale = MemberScale.Quartiles }.Validate(), Throws.ArgumentException);

        void Refused(DetectorFamily[] families, string said) => RefusedOptions(s_committee with { Families = families }, said);

        static void RefusedOptions(FitOptions options, string said) => Assert.That(
            () => AnomalyDetector.Fit(s_data, options), Throws.InstanceOf<ArgumentException>().With.Message.Contains(said));
    }

    [Test]
    public void Families_that_differ_in_anything_are_different()
    {
        DetectorFamily family = s_families[0];
        DetectorFamily[] others =
        [
            family with { ColumnsPerMember = 4 }, family with { Steps = 10 }, family with { RowsPerMember = null }, family with { LearningRate = 1e-3 },
            family with { Range = 2 }, family with { Weight = 2 }, family with { Votes = false }, family with { Columns = [0] },
        ];
        Assert.That(others, Has.None.EqualTo(family));
        Assert.That(family with { Count = 3 }, Is.EqualTo(family));
        Assert.That((family with { Count = 3 }).GetHashCode(), Is.EqualTo(family.GetHashCode()));
    }

    [Test]
    public void A_hostile_file_is_refused()
    {
        byte[] saved = AnomalyDetector.Fit(s_data, s_committee).Detector.Saved();
        Refused(file => file.Description["format"] = 3, "knows no committees");
        Refused(file => file.Description["format"] = 6, "format 6");
        Refused(file => file.Description["memberScale"] = "Thirds", "no scale");
        Refused(file => file.Description["memberScale"] = "2", "no scale");
        Refused(file => file.Description["memberScale"] = 2);
        Refused(file => file.Description.Remove("memberScale"));
        Refused(file => file.Description["rounds"] = new JsonArray(), "0 rounds");
        Refused(file => file.Description["rounds"] = new JsonArray(2, 2), "ascend");
        Refused(file => file.Description["rounds"] = new JsonArray(-1, 2), "ascend");
        Refused(file => file.Description["rounds"] = new JsonArray(1, 3), "ascend");
        Refused(file => file.Description["rounds"] = new JsonArray([.. Enumerable.Range(0, 500).Select(_ => JsonValue.Create(1))]), "500 rounds");
        Refused(file => file.Description["rounds"] = new JsonArray(0, 1, 2));
        Refused(file => file.Description.Remove("rounds"));
        Refused(file => file.Description["round"] = 3, "round 3");
        Refused(file => file.Family(0)["columnsPerMember"] = 0, "ColumnsPerMember is 0");
        Refused(file => file.Family(0)["columnsPerMember"] = 4);
        Refused(file => file.Family(0).Remove("columnsPerMember"));
        Refused(file => file.Family(0)["weight"] = -1, "Weight is -1");
        Refused(file => file.Family(0)["votes"] = 1);
        Refused(file => file.Family(0)["range"] = 0, "Range is 0");
        Refused(file => file.Family(0)["rowsPerMember"] = 1.5);
        Refused(file => file.Family(2)["count"] = 900);
        Refused(file => file.Ints("member.0.features")[1] = 6, "no choice");
        Refused(file => file.Ints("member.0.features")[1] = -1, "no choice");
        Refused(file => file.Ints("member.0.features")[1] = file.Ints("member.0.features")[0], "no choice");
        Refused(file => file.Ints("member.6.features")[0] = 2, "no choice");
        Refused(file => file.Tensors.Remove("member.3.features"), "member.3.features");
        Refused(file => file.Floats("member.1.scaler.scale")[0] = float.NaN, "finite");
        Refused(file => file.Tensors.Remove("member.1.scaler.offset"), "member.1.scaler.offset");
        Refused(file => file.Doubles("score.widths")[4] = -1, "width");
        Refused(file => file.Doubles("score.widths")[4] = double.NaN, "width");
        Refused(file => file.Doubles("score.widths")[4] = double.PositiveInfinity, "width");
        Refused(file => file.Doubles("score.medians")[4] = double.NaN, "median");
        Refused(file => file.Reshape("score.widths", 11), "score.widths");
        Refused(file => file.Tensors.Remove("score.widths"), "score.widths");

        // A member may be neutral, and a median zero.
        var neutral = new ModelFile(saved);
        neutral.Doubles("score.widths")[3] = 0;
        neutral.Doubles("score.medians")[3] = 0;
        Assert.That(SyntheticData.Loaded(neutral.ToBytes()).Members, Is.EqualTo(12));

        void Refused(Action<ModelFile> damage, string said = "") => ModelFile.AssertRefused(saved, damage, said);
    }

    [Test]
    public void Without_anything_new_the_file_has_the_format_of_before()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, SyntheticData.Quick() with { Scaling = FeatureScaling.Standard }).Detector;
        Assert.That(new ModelFile(detector.Saved()).Description["format"]!.GetValue<int>(), Is.EqualTo(3));
    }

    /// <summary>The scores of one member of a detector as they are.</summary>
    private static float[] Alone(AnomalyDetector detector, DetectorMember member)
    {
        float[] scores = new float[s_data.Rows];
        DetectorMember asItIs = member with { Median = 0, Scale = MemberScale.DivideByMedian };
        new AnomalyDetector(detector.Content with { Members = [asItIs] }).Score(s_data.Values, scores);
        return scores;
    }

    private static float Prepared(AnomalyDetector detector, int row, int feature) =>
        detector.Content.Preparation.ApplyTo(feature, s_data.Row(row)[feature]);

    private static double Quantile(double[] sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int left = (int)position;
        return sorted[left] + ((position - left) * (sorted[Math.Min(left + 1, sorted.Length - 1)] - sorted[left]));
    }

    /// <summary>The CPU, on which training leaves some networks without a number.</summary>
    private sealed class PoisonedDevice(Func<int, bool> isPoisoned) : IDevice
    {
        public string Description => "poisoned";

        public ISession CreateSession(Plan plan, SessionSpec spec) => new PoisonedSession(new CpuDevice(1).CreateSession(plan, spec), plan, spec, isPoisoned);
    }

    private sealed class PoisonedSession(ISession session, Plan plan, SessionSpec spec, Func<int, bool> isPoisoned) : ISession
    {
        public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
        {
            session.Train(epochs, epochDone, cancellationToken);
            for (int replica = 0; replica < spec.Replicas.Count; replica++)
            {
                if (!isPoisoned(replica)) continue;
                var state = new ReplicaState(plan);
                Array.Fill(state.Parameters, float.NaN);
                session.Import(replica, state);
            }
        }

        public TrainingOutcome Outcome(int replica) => isPoisoned(replica) ? new TrainingOutcome(double.NaN, 0) : session.Outcome(replica);

        public void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights) => session.SetImportanceWeights(first, count, weights);

        public void Score() => session.Score();

        public void ReadScores(int replica, Span<float> scores) => session.ReadScores(replica, scores);

        public void Import(int replica, ReplicaState state) => session.Import(replica, state);

        public void Export(int replica, ReplicaState state) => session.Export(replica, state);

        public void Initialize(int round) => session.Initialize(round);

        public void BeginRound() => session.BeginRound();

        public void Deactivate(int replica) => session.Deactivate(replica);

        public void ReadGradient(int replica, Span<float> gradient) => session.ReadGradient(replica, gradient);

        public void Dispose() => session.Dispose();
    }
}
