using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Iad;

public sealed class IadTrainerTests
{
    private static readonly TrainingOptions s_small =
        new() { Rounds = 2, Epochs = 4, Seed = 40, Termination = TerminationCriterion.Last };

    [Test]
    public void Every_round_starts_fresh_places_the_center_sets_weights_trains_and_scores()
    {
        ScriptedJob job = Finished(s_small);
        Assert.That(job.Device.Training.Calls, Is.EqualTo((string[])
        [
            "import 0", "centers", "score", "weights 0", "train 0", "score", "export 0",
            "import 0", "centers", "weights 0", "train 1", "score", "export 0",
            "import 0", "centers", "weights 0", "train 2", "score", "export 0",
        ]));
        AssertImports(job, (trained, _) => trained);
        Assert.That(job.Device.Training.Disposed, Is.True);
    }

    [Test]
    public void The_first_run_keeps_the_scores_of_its_selected_round([Values("rank-flip", "otsu", "fixed:1", "last")] string criterion)
    {
        IReadOnlyList<IadRun> runs = new ScriptedJob(
            new ScriptedDevice { Scores = ScriptedJob.Scores },
            s_small with { Seeds = 2, Rounds = 5, Termination = TerminationCriterion.Parse(criterion) }).Run();
        Assert.That(runs[0].KeptScores, Is.EqualTo(ScriptedJob.Scores(0, runs[0].SelectedRound)));
        Assert.That(runs[1].KeptScores, Is.Null);
    }

    [Test]
    public void The_same_initial_weights_start_every_round_when_asked_for()
    {
        ScriptedJob job = Finished(s_small with { Between = BetweenRounds.Same });
        Assert.That(job.Device.Training.Calls.Count(call => call == "centers"), Is.EqualTo(3));
        AssertImports(job, (_, _) => 0);
    }

    [Test]
    public void Everything_is_carried_on_when_warm()
    {
        ScriptedJob job = Finished(s_small with { Between = BetweenRounds.Warm });
        Assert.That(job.Device.Training.Calls, Is.EqualTo((string[])
        [
            "import 0", "centers", "score", "weights 0", "train 0", "score", "export 0",
            "weights 0", "train 1", "score", "export 0",
            "weights 0", "train 2", "score", "export 0",
        ]));
        Assert.That(job.Device.Training.Imports, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_autoencoder_has_no_center()
    {
        ScriptedJob job = Finished(s_small, ModelKind.Reconstruction);
        Assert.That(job.Device.Training.Calls, Has.None.EqualTo("centers"));
    }

    [TestCase(1, 0)]
    [TestCase(4, 2)]
    [TestCase(19, 9)]
    [TestCase(20, 10)]
    [TestCase(21, 10)]
    [TestCase(100, 10)]
    public void The_radius_rests_for_the_first_half_of_the_epochs_but_at_most_ten(int epochs, int radiusFrom)
    {
        ScriptedJob job = Finished(s_small with { Epochs = epochs }, ModelKind.SoftBoundary);
        Assert.That(job.Device.Training.Trainings, Is.EqualTo((EpochRange[])[new(0, 0, epochs), new(1, 0, epochs), new(2, 0, epochs)]));
        Assert.That(job.Plan.Training.Step.OfType<RadiusUpdate>().Single().FromEpoch, Is.EqualTo(radiusFrom));
    }

    [Test]
    public void Weights_of_a_round_are_equations_12_to_14_of_the_scores_before_and_ones_at_first()
    {
        ScriptedJob job = Finished(s_small with { Seeds = 2, InverseTau = 7 });
        for (int replica = 0; replica < 2; replica++)
        {
            Assert.That(job.Device.Training.Weights[(0, replica)], Is.All.EqualTo(1f));
            for (int round = 1; round <= 2; round++)
            {
                float[] scores = ScriptedJob.Scores(replica, round - 1);
                Assert.That(job.Device.Training.Weights[(round, replica)], Is.EqualTo(WeightsAfter(scores, 7)),
                    $"round {round}");
            }
        }

        Assert.That(job.Device.Training.Weights, Has.Count.EqualTo(6));
    }

    [TestCase("rank-flip")]
    [TestCase("otsu")]
    [TestCase("last")]
    [TestCase("fixed:5")]
    [TestCase("fixed:2")]
    [TestCase("fixed:0")]
    public void The_kept_networks_are_those_of_the_selected_round(string criterion)
    {
        var job = new ScriptedJob(
            new ScriptedDevice { Scores = ScriptedJob.Scores },
            s_small with { Rounds = 8, Seeds = 3, Ensemble = 2, Termination = TerminationCriterion.Parse(criterion) });
        var selected = new List<int>();
        foreach ((int index, IadRun run) in job.Run().Index())
        {
            int round = RoundSelection.Select(job.Options.Termination, run.Rounds);
            selected.Add(round);
            Assert.That(run.SelectedRound, Is.EqualTo(round));
            for (int member = 0; member < 2; member++)
            {
                int replica = (2 * index) + member;
                Assert.That(run.Kept!.States[member].Parameters, Is.All.EqualTo(ScriptedDevice.Mark(round, replica)));
                Assert.That(run.Kept.Medians[member], Is.EqualTo(MedianOf(ScriptedJob.Scores(replica, round))));
            }
        }

        // So that the case means something: the data-driven criteria choose neither always the first nor always the last.
        if (criterion is "rank-flip" or "otsu") Assert.That(selected, Has.Some.InRange(2, 7));
    }

    // Rounds 1, 2 and 3 are equally good by Otsu's ratio, rounds 2, 3 and 5 by their flips.
    [TestCase("otsu", 1)]
    [TestCase("rank-flip", 2)]
    public void Of_equally_good_rounds_the_networks_of_the_first_are_kept(string criterion, int expected)
    {
        float[] loose = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], tight = [10, 9, 1, 1.5f, 1.25f, 1.75f, 1.625f, 1.375f, 1.125f, 9.5f];
        var job = new ScriptedJob(
            new ScriptedDevice { Scores = (_, round) => round is 1 or 2 or 3 ? tight : loose },
            s_small with { Rounds = 5, Termination = TerminationCriterion.Parse(criterion) });
        IadRun run = job.Run().Single();
        Assert.That(run.Rounds[1].OtsuRatio, Is.EqualTo(run.Rounds[3].OtsuRatio).And.LessThan(run.Rounds[4].OtsuRatio));
        Assert.That(run.SelectedRound, Is.EqualTo(expected));
        Assert.That(run.Kept!.States[0].Parameters, Is.All.EqualTo(ScriptedDevice.Mark(expected, 0)));
        Assert.That(run.KeptScores, Is.EqualTo(tight));
    }

    [Test]
    public void A_report_follows_from_the_scores_of_its_round()
    {
        var job = new ScriptedJob(
            new ScriptedDevice { Scores = ScriptedJob.Scores,
                Outcomes = (_, round) => new TrainingOutcome(10 + round, null) },
            s_small, labels: ScriptedJob.Labels);
        IadRun run = job.Run().Single();
        float[] untrained = ScriptedJob.Scores(0, -1);
        Assert.That(run.UntrainedAuc, Is.EqualTo(RocAuc.Compute(untrained, ScriptedJob.Labels)));
        int[] before = new int[ScriptedJob.Samples];
        for (int t = 0; t <= 2; t++)
        {
            RoundReport report = run.Rounds[t];
            float[] scores = ScriptedJob.Scores(0, t), sorted = [.. scores.Order()];
            float[] weights = job.Device.Training.Weights[(t, 0)];
            int[] ranks = [.. scores.Select(score => 1 + scores.Count(other => other < score))];
            Otsu.Threshold(sorted, out double ratio);
            Assert.Multiple(() =>
            {
                Assert.That(report.Round, Is.EqualTo(t));
                Assert.That(report.RankFlips, Is.EqualTo(t == 0 ? null : RankFlips.Count(before, ranks)));
                Assert.That((report.ScoreMin, report.ScoreMax), Is.EqualTo((sorted[0], sorted[^1])));
                Assert.That(report.ScoreMedian, Is.EqualTo(MedianOf(scores)));
                Assert.That(report.DistinctScores, Is.EqualTo(ScriptedJob.Samples));
                Assert.That(report.OtsuRatio, Is.EqualTo(ratio));
                Assert.That(report.WeightMean, Is.EqualTo(weights.Average(w => (double)w)).Within(1e-12));
                Assert.That(report.WeightMedian, Is.EqualTo(MedianOf(weights)).Within(1e-12));
                Assert.That(report.NormalWeightMean, Is.EqualTo(weights[..8].Average(w => (double)w)).Within(1e-12));
                Assert.That(report.AnomalyWeightMean, Is.EqualTo(weights[8..].Average(w => (double)w)).Within(1e-12));
                Assert.That(report.NormalWeightMedian, Is.EqualTo(MedianOf(weights[..8])).Within(1e-12));
                Assert.That(report.AnomalyWeightMedian, Is.EqualTo(MedianOf(weights[8..])).Within(1e-12));
                Assert.That(report.Auc, Is.EqualTo(RocAuc.Compute(scores, ScriptedJob.Labels)));
                Assert.That(report.Loss, Is.EqualTo(10 + t));
                Assert.That(report.DegenerateWeights, Is.False);
                Assert.That(report.Collapsed, Is.False);
                Assert.That(report.Seconds, Is.InRange(0, 60));
            });
            before = ranks;
        }
    }

    [Test]
    public void The_round_trained_with_degenerate_weights_is_flagged()
    {
        float[] constant = [.. Enumerable.Repeat(3f, ScriptedJob.Samples)];
        IadRun run = new ScriptedJob(
            new ScriptedDevice { Scores = (replica, round) => round == 0
                ? constant : ScriptedJob.Scores(replica, round) }, s_small)
            .Run().Single();
        Assert.That(run.Rounds.Select(round => round.DegenerateWeights), Is.EqualTo([false, true, false]));
        Assert.That(run.Rounds.Select(round => round.Collapsed), Is.EqualTo([true, false, false]));
        Assert.That(run.Rounds[1].WeightMean, Is.EqualTo(0.5));
    }

    [Test]
    public void Without_labels_of_both_kinds_nothing_that_needs_them_is_reported([Values(null, false, true)] bool? label)
    {
        bool[]? labels = label is { } value ? [.. Enumerable.Repeat(value, ScriptedJob.Samples)] : null;
        IadRun run = new ScriptedJob(new ScriptedDevice { Scores = ScriptedJob.Scores }, s_small,
            labels: labels).Run().Single();
        Assert.That(run.UntrainedAuc, Is.Null);
        Assert.That(run.Rounds.Select(round => (round.Auc, round.NormalWeightMean, round.AnomalyWeightMean)),
            Is.All.EqualTo(((double?)null, (double?)null, (double?)null)));
    }

    [Test]
    public void An_ensemble_averages_its_members_scores_over_their_medians_at_one_barrier_a_round()
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = (replica, round) => [.. ScriptedJob.Scores(replica, round).Select(s => s * (replica + 1))],
                Outcomes = (replica, _) => new TrainingOutcome(replica, null),
            },
            s_small with { Ensemble = 3, Rounds = 1 }, labels: ScriptedJob.Labels);
        IadRun run = job.Run().Single();

        Assert.That(job.Device.Training.Calls, Is.EqualTo((string[])
        [
            "import 0", "import 1", "import 2", "centers", "score", "weights 0", "weights 1", "weights 2", "train 0",
                "score",
            "export 0", "export 1", "export 2",
            "import 0", "import 1", "import 2", "centers", "weights 0", "weights 1", "weights 2", "train 1", "score",
            "export 0", "export 1", "export 2",
        ]));
        float[] average = [.. Enumerable.Range(0, ScriptedJob.Samples).Select(i =>
            (float)Enumerable.Range(0, 3).Average(k =>
        {
            float[] scores = [.. ScriptedJob.Scores(k, 0).Select(s => s * (k + 1))];
            return scores[i] / MedianOf(scores);
        }))];
        Assert.That(run.Rounds[0].ScoreMedian, Is.EqualTo(MedianOf(average)).Within(1e-6));
        Assert.That(run.Rounds[0].Auc, Is.EqualTo(RocAuc.Compute(average, ScriptedJob.Labels)));
        Assert.That(run.Rounds[0].Loss, Is.EqualTo(1), "the mean of 0, 1 and 2");
        for (int member = 0; member < 3; member++)
            Assert.That(job.Device.Training.Weights[(1, member)], Is.EqualTo(WeightsAfter(average, 4)).Within(1e-6f));
    }

    [Test]
    public void Replicas_are_runs_times_members_with_keys_and_rows_of_their_own()
    {
        ScriptedJob job = Finished(s_small with { Seeds = 2, Ensemble = 3, Seed = ulong.MaxValue });
        IReadOnlyList<ReplicaSpec> replicas = job.Device.Training.Spec.Replicas;
        Assert.That(replicas.Select(replica => (replica.Key, replica.Member)), Is.EqualTo(((ulong, int)[])
            [(ulong.MaxValue, 0), (ulong.MaxValue, 1), (ulong.MaxValue, 2), (0, 0), (0, 1), (0, 2)]));
        foreach (ReplicaSpec replica in replicas)
            Assert.That(replica.Rows, Is.EqualTo(MemberRows.Draw(replica.Key, replica.Member, 3, ScriptedJob.Samples)));
    }

    [Test]
    public void The_session_gets_the_options_of_training()
    {
        ScriptedJob job = Finished(s_small with { BatchSize = 5, LearningRate = 0.25, WeightDecay = 0.5 });
        SessionSpec spec = job.Device.Training.Spec;
        Assert.That((spec.BatchSize, spec.LearningRate, spec.WeightDecay), Is.EqualTo((5, 0.25, 0.5)));
        Assert.That(job.Device.Sessions, Has.Count.EqualTo(1), "no session for pretraining that nobody asked for");
    }

    [TestCase(BetweenRounds.Reinitialize, 3)]
    [TestCase(BetweenRounds.Same, 1)]
    [TestCase(BetweenRounds.Warm, 1)]
    public void Pretraining_hands_over_encoder_weights_and_statistics_and_nothing_else(BetweenRounds between, int times)
    {
        ScriptedJob job = Finished(s_small with { Between = between, Seeds = 2 }, pretrain: 6);
        ScriptedSession pretraining = job.Device.Pretraining, training = job.Device.Training;
        Assert.That(pretraining.Plan, Is.SameAs(job.Plan.Pretraining));
        Assert.That(pretraining.Trainings, Is.EqualTo(Enumerable.Range(0, times).Select(t => new EpochRange(t, 0, 6))));
        Assert.That(pretraining.Weights, Is.Empty, "weights stay at 1");
        Assert.That(pretraining.Calls, Has.None.EqualTo("centers").And.None.EqualTo("score"));
        Assert.That(pretraining.Disposed, Is.True);
        foreach ((int trained, int replica, ReplicaState state) in pretraining.Imports)
            AssertSame(state, NetworkInitializer.Fresh(pretraining.Plan, 40 + (ulong)replica, 0,
                pretraining.Trainings[Math.Min(trained, times - 1)].Round));

        (int Trained, int Replica, ReplicaState State)[] starts =
            [.. training.Imports.GroupBy(import => (import.Trained, import.Replica)).Select(imports => imports.Last())];
        Assert.That(starts, Has.Length.EqualTo(between == BetweenRounds.Warm ? 2 : 6));
        foreach ((int trained, int replica, ReplicaState state) in starts)
        {
            int pretrainedIn = times == 1 ? 0 : trained;
            Assert.That(state.Parameters, Is.All.EqualTo(ScriptedDevice.Mark(pretrainedIn, replica)));
            Assert.That(state.Statistics, Is.All.EqualTo(-ScriptedDevice.Mark(pretrainedIn, replica)));
            Assert.That(state.FirstMoment.Concat(state.SecondMoment), Is.All.Zero);
            Assert.That((state.Steps, state.Radius), Is.EqualTo((0L, 0f)));
        }
    }

    [Test]
    public void The_encoder_is_handed_over_tensor_by_tensor()
    {
        var plan = new ModelPlan(
            BaseModel.OneClassSvdd.Pretrained(1), new NetworkSpec(4, 3, 2) { Bias = true, Affine = true }, 5, epochs: 1);
        Plan pretraining = plan.Pretraining!;
        ReplicaState pretrained = NetworkInitializer.Fresh(pretraining, 1, 0, 0);
        for (int i = 0; i < pretrained.Statistics.Length; i++) pretrained.Statistics[i] = i + 1;
        var state = new ReplicaState(plan.Training);
        plan.CopyShared(pretrained, state);
        AssertTensors(plan.Training.Parameters, state.Parameters, pretraining.Parameters, pretrained.Parameters);
        AssertTensors(plan.Training.Statistics, state.Statistics, pretraining.Statistics, pretrained.Statistics);

        static void AssertTensors(TensorLayout to, float[] values, TensorLayout from, float[] source)
        {
            Assert.That(to.Slots, Is.Not.Empty);
            foreach (TensorSlot slot in to.Slots)
            {
                TensorSlot origin = from.Slots.Single(other => other.Name == slot.Name);
                Assert.That(values[slot.Offset..(slot.Offset + slot.Length)],
                    Is.EqualTo(source[origin.Offset..(origin.Offset + origin.Length)]), slot.Name);
            }
        }
    }

    [Test]
    public void Progress_rises_to_one_and_every_round_ends_with_the_reports_of_all_runs(
        [Values(0, 3)] int pretrain, [Values(BetweenRounds.Reinitialize, BetweenRounds.Warm)] BetweenRounds between)
    {
        ScriptedJob job = Finished(s_small with { Seeds = 3, Ensemble = 2, Between = between }, pretrain: pretrain);
        Assert.That(job.Progress.Select(report => report.Fraction), Is.Ordered.And.All.InRange(0.0, 1.0));
        Assert.That(job.Progress[^1].Fraction, Is.EqualTo(1.0));
        Assert.That(job.Progress.Select(report => report.Rounds), Is.All.EqualTo(2));
        TrainingProgress[] ends = [.. job.Progress.Where(report => report.Completed.Count > 0)];
        Assert.That(ends.Select(report => report.Round), Is.EqualTo([0, 1, 2]));
        foreach (TrainingProgress end in ends)
        {
            Assert.That(end.Completed.Keys, Is.EquivalentTo((ulong[])[40, 41, 42]));
            Assert.That(end.Completed.Values.Select(report => report.Round), Is.All.EqualTo(end.Round));
        }

        if (pretrain == 0) Assert.That(ends.Select(report => report.Fraction),
            Is.EqualTo([1.0 / 3, 2.0 / 3, 1.0]).Within(1e-12));
    }

    [Test]
    public void Cancellation_ends_training_with_its_own_exception([Values(0, 3)] int pretrain)
    {
        using var source = new CancellationTokenSource();
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores,
            OnTrain = (_, round) =>
            {
                if (round == 1) source.Cancel();
            },
        };
        var job = new ScriptedJob(device, s_small, pretrain: pretrain);
        Assert.That(() => job.Trainer.Train(source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(device.Sessions.SelectMany(session => session.Calls), Has.None.EqualTo("train 2"));
        Assert.That(device.Sessions.Select(session => session.Disposed), Is.All.True);
    }

    [Test]
    public void Every_family_is_pretrained_before_each_round()
    {
        var random = new System.Random(1);
        var data = new Dataset("ten", [.. Enumerable.Range(0, 20).Select(_ => random.NextSingle())], ScriptedJob.Samples, 2);
        NetworkFamily[] families =
        [
            .. new[] { 2, 0, 3 }.Select(epochs => new NetworkFamily(
                new ModelPlan(BaseModel.OneClassSvdd.Pretrained(epochs), new NetworkSpec(3, 2), 2, epochs: 4), 1, 4, data.Values,
                IadNative.Data.FeatureScaler.Fit(data))),
        ];
        var device = new ScriptedDevice { Scores = ScriptedJob.Scores };
        new IadTrainer(new NetworkTraining(device, families, data, s_small), null).Train(CancellationToken.None);
        Assert.That(
            device.Sessions.Where(session => session.Spec.Shuffle == IadNative.Random.RandomPurpose.PretrainShuffle)
                .Select(session => session.Trainings),
            Is.EqualTo(new[] { 2, 3 }.Select(epochs => Enumerable.Range(0, 3).Select(round => new EpochRange(round, 0, epochs)))));
    }

    [TestCase(1, 1)]
    [TestCase(2, 2)]
    public void Too_few_samples_are_refused(int ensemble, int samples)
    {
        var data = new Dataset("few", new float[samples], samples, 1);
        var plan = new ModelPlan(BaseModel.OneClassSvdd, new NetworkSpec(2), 1, epochs: 1);
        Assert.That(
            () => new NetworkTraining(
                new ScriptedDevice { Scores = ScriptedJob.Scores },
                [new NetworkFamily(plan, ensemble, 1, data.Values, IadNative.Data.FeatureScaler.Fit(data))], data, s_small),
            Throws.ArgumentException.With.Message.Contains($"few has {samples} samples; at least {ensemble + 1}"));
    }

    private static ScriptedJob Finished(TrainingOptions options, ModelKind loss = ModelKind.OneClass, int pretrain = 0)
    {
        var job = new ScriptedJob(new ScriptedDevice { Scores = ScriptedJob.Scores }, options, loss, pretrain: pretrain);
        job.Run();
        return job;
    }

    /// <summary>Each import is a fresh network of the round whose random numbers are expected.</summary>
    private static void AssertImports(ScriptedJob job, Func<int, int, int> roundDrawn)
    {
        List<(int Trained, int Replica, ReplicaState State)> imports = job.Device.Training.Imports;
        Assert.That(imports.Select(import => import.Trained), Is.EqualTo([0, 1, 2]));
        foreach ((int trained, int replica, ReplicaState state) in imports)
            AssertSame(state, NetworkInitializer.Fresh(job.Plan.Training, 40, 0, roundDrawn(trained, replica)));
        Assert.That(imports.Select(import => import.State.Radius), Is.All.Zero);
    }

    private static void AssertSame(ReplicaState actual, ReplicaState expected)
    {
        Assert.That(actual.Parameters, Is.EqualTo(expected.Parameters));
        Assert.That(actual.Statistics, Is.EqualTo(expected.Statistics));
        Assert.That(actual.FirstMoment, Is.EqualTo(expected.FirstMoment));
        Assert.That(actual.SecondMoment, Is.EqualTo(expected.SecondMoment));
        Assert.That((actual.Steps, actual.Radius), Is.EqualTo((expected.Steps, expected.Radius)));
    }

    private static double MedianOf(float[] values)
    {
        double[] sorted = [.. values.Select(v => (double)v).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static float[] WeightsAfter(float[] scores, double inverseTau)
    {
        float[] weights = new float[scores.Length];
        ImportanceWeights.Update(
            scores, new ScoreStatistics(scores.Min(), MedianOf(scores), scores.Max()), inverseTau, weights);
        return weights;
    }
}
