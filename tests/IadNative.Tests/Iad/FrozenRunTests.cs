using IadNative.Compute;
using IadNative.Iad;
using IadNative.Probe;
using IadNative.Random;

namespace IadNative.Tests.Iad;

public sealed class FrozenRunTests
{
    private static readonly TrainingOptions s_small =
        new() { Rounds = 4, Epochs = 4, Seed = 40, Seeds = 3, Termination = TerminationCriterion.Last };

    [Test]
    public void A_loss_that_is_not_finite_freezes_its_run_and_no_other()
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = ScriptedJob.Scores,
                Outcomes = (replica, round) => replica == 1 && round == 2
                    ? new TrainingOutcome(double.NaN, 3) : new TrainingOutcome(1, null),
            },
            s_small);
        AssertSecondRunFrozen(job, round: 2, epoch: 3, "the loss of the network is not finite");
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void A_score_that_is_not_finite_freezes_its_run_and_no_other(float score)
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = (replica, round) => replica == 1 && round == 2
                    ? [.. ScriptedJob.Scores(replica, round)[..9], score]
                    : ScriptedJob.Scores(replica, round),
            },
            s_small);
        AssertSecondRunFrozen(job, round: 2, epoch: null, "a score of the network is not finite");
    }

    [Test]
    public void A_member_freezes_all_members_of_its_run()
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = ScriptedJob.Scores,
                Outcomes = (replica, round) => replica == 3 && round == 1
                    ? new TrainingOutcome(double.NaN, 0) : new TrainingOutcome(1, null),
            },
            s_small with { Ensemble = 2 });
        IReadOnlyList<IadRun> runs = job.Run();
        Assert.That(runs[1].Failure!.Message, Does.Contain("round 1, epoch 0").And.Contains("the loss of member 1"));
        Assert.That(job.Device.Training.Calls.Where(call => call.StartsWith("freeze", StringComparison.Ordinal)),
            Is.EqualTo(["freeze 2", "freeze 3"]));
        Assert.That(runs.Select(run => run.Rounds.Count), Is.EqualTo([5, 1, 5]));
    }

    [Test]
    public void A_member_whose_median_score_is_zero_freezes_its_run()
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = (replica, round) => replica == 3 && round == 1
                    ? [0, 0, 0, 0, 0, 0, 0, 1, 2, 3]
                    : ScriptedJob.Scores(replica, round),
            },
            s_small with { Ensemble = 2 });
        IReadOnlyList<IadRun> runs = job.Run();
        Alarm alarm = runs[1].Failure!;
        Assert.That((alarm.Round, alarm.Epoch), Is.EqualTo((1, (int?)null)));
        Assert.That(alarm.Message, Does.Contain("the median score of member 1 is zero"));
        Assert.That(runs[1].Kept!.Medians, Has.None.Zero, "the medians of the last good round");
        Assert.That(runs[1].Kept!.States[1].Parameters, Is.All.EqualTo(ScriptedDevice.Mark(0, 3)));
    }

    [Test]
    public void A_single_network_may_have_a_median_score_of_zero()
    {
        var job = new ScriptedJob(
            new ScriptedDevice { Scores = (_, _) => [0, 0, 0, 0, 0, 0, 0, 1, 2, 3] }, s_small with { Seeds = 1 });
        Assert.That(job.Run().Single().Failure, Is.Null);
    }

    [TestCase(0)]
    [TestCase(-5)]
    public void Members_of_an_ensemble_of_flows_may_have_any_median(float median)
    {
        var job = new ScriptedJob(
            new ScriptedDevice { Scores = (_, _) => [.. Enumerable.Range(0, 10).Select(i => median + Math.Max(0, i - 6))] },
            s_small with { Seeds = 1, Ensemble = 2 }, ModelKind.NegativeLogLikelihood);
        IadRun run = job.Run().Single();
        Assert.That(run.Failure, Is.Null);
        Assert.That(run.Kept!.Medians, Is.EqualTo(new double[] { median, median }));
        Assert.That((run.Rounds[0].ScoreMin, run.Rounds[0].ScoreMedian, run.Rounds[0].ScoreMax), Is.EqualTo((0f, 0.0, 3f)));
    }

    [TestCase("rank-flip")]
    [TestCase("otsu")]
    [TestCase("last")]
    [TestCase("fixed:5")]
    [TestCase("fixed:1")]
    public void A_frozen_run_keeps_the_round_that_its_criterion_picks_among_the_good_ones(string criterion)
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = ScriptedJob.Scores,
                Outcomes = (replica, round) => replica == 1 && round == 3
                    ? new TrainingOutcome(double.NaN, 1) : new TrainingOutcome(1, null),
            },
            s_small with { Termination = TerminationCriterion.Parse(criterion) });
        IadRun frozen = job.Run()[1];
        int round = RoundSelection.Select(job.Options.Termination, frozen.Rounds);
        Assert.That(frozen.Rounds, Has.Count.EqualTo(3));
        Assert.That(frozen.Kept!.States[0].Parameters, Is.All.EqualTo(ScriptedDevice.Mark(round, 1)));
        Assert.That(frozen.Failure!.Message, Does.EndWith($"it keeps round {round}."));
        Assert.That(frozen.Report.SelectedBy, Is.EquivalentTo(new Dictionary<string, int>
        {
            ["rank-flip"] = RoundSelection.Select(TerminationCriterion.RankFlip, frozen.Rounds),
            ["fixed:5"] = 2,
            ["last"] = 2,
            ["otsu"] = RoundSelection.Select(TerminationCriterion.Otsu, frozen.Rounds),
        }));
    }

    [TestCase(2, "1", "it keeps round 1.")]
    [TestCase(3, "1 2", "it keeps rounds 1, 2.")]
    public void A_frozen_run_keeps_those_rounds_to_average_that_it_finished(int fails, string kept, string said)
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = ScriptedJob.Scores,
                Outcomes = (replica, round) => replica == 1 && round == fails
                    ? new TrainingOutcome(double.NaN, 1) : new TrainingOutcome(1, null),
            },
            s_small with { Termination = TerminationCriterion.Average(1, 9) }, labels: ScriptedJob.Labels);
        IReadOnlyList<IadRun> runs = job.Run();
        int[] rounds = [.. kept.Split(' ').Select(int.Parse)];
        Assert.That(runs[1].Report.KeptRounds, Is.EqualTo(rounds));
        Assert.That(runs[1].Report.SelectedRound, Is.EqualTo(rounds[^1]));
        Assert.That(runs[1].Kept!.States.Select(state => state.Parameters[0]), Is.EqualTo(rounds.Select(round => ScriptedDevice.Mark(round, 1))));
        Assert.That(runs[1].Kept!.Medians, Is.EqualTo(rounds.Select(round => MedianOf(ScriptedJob.Scores(1, round)))).Within(1e-12));
        Assert.That(runs[1].Failure!.Message, Does.EndWith(said));
        Assert.That(runs[1].Report.AverageAuc is null, Is.EqualTo(rounds.Length == 1));
        Assert.That(runs[1].Report.IadAuc, Is.Not.Null);

        // The other run kept all of its rounds but the first, and their mean.
        int last = job.Options.Rounds;
        Assert.That(runs[0].Report.KeptRounds, Is.EqualTo(Enumerable.Range(1, last)));
        for (int i = 0; i < ScriptedJob.Samples; i++)
        {
            double mean = Enumerable.Range(1, last).Average(t => ScriptedJob.Scores(0, t)[i] / MedianOf(ScriptedJob.Scores(0, t)));
            Assert.That(runs[0].KeptScores![i], Is.EqualTo(mean).Within(1e-6));
        }

        static double MedianOf(float[] scores)
        {
            float[] sorted = [.. scores.Order()];
            return ((double)sorted[4] + sorted[5]) / 2;
        }
    }

    [Test]
    public void A_run_that_fails_at_once_has_no_round_and_the_others_go_on()
    {
        var job = new ScriptedJob(
            new ScriptedDevice
            {
                Scores = ScriptedJob.Scores,
                Outcomes = (replica, _) => replica == 0
                    ? new TrainingOutcome(double.NaN, 0) : new TrainingOutcome(1, null),
            },
            s_small, labels: ScriptedJob.Labels);
        IReadOnlyList<IadRun> runs = job.Run();
        Assert.That(runs.Select(run => run.Rounds.Count), Is.EqualTo([0, 5, 5]));
        Assert.That(runs[0].Failure!.Message, Does.Contain("it has no result"));
        RunReport report = runs[0].Report;
        Assert.That((report.SelectedRound, report.SelectedBy.Count, report.Frozen), Is.EqualTo((-1, 0, true)));
        Assert.That(report.BestAuc, Is.Null);
    }

    [Test]
    public void Training_fails_only_when_no_run_has_a_round()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores, Outcomes = (replica, _) => new TrainingOutcome(double.NaN, replica),
        };
        var job = new ScriptedJob(device, s_small);
        TrainingFailedException e = Assert.Throws<TrainingFailedException>(() => job.Run());
        Assert.That(e.Alarms.Select(alarm => (alarm.Kind, alarm.Seed, alarm.Round, alarm.Epoch)),
            Is.EqualTo(((AlarmKind, ulong, int, int?)[])
            [(AlarmKind.Frozen, 40, 0, 0), (AlarmKind.Frozen, 41, 0, 1), (AlarmKind.Frozen, 42, 0, 2)]));
        Assert.That(e.Message, Does.Contain("seed 40").And.Contains("smaller learning rate"));
        Assert.That(device.Training.Calls, Has.None.EqualTo("train 1"));
        Assert.That(device.Training.Disposed, Is.True);
    }

    [Test]
    public void When_all_runs_freeze_later_training_ends_early_with_what_they_have()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores,
            Outcomes = (_, round) => round == 2 ? new TrainingOutcome(double.NaN, 0) : new TrainingOutcome(1, null),
        };
        IReadOnlyList<IadRun> runs = new ScriptedJob(device, s_small).Run();
        Assert.That(runs.Select(run => run.SelectedRound), Is.All.EqualTo(1));
        Assert.That(device.Training.Calls, Has.None.EqualTo("train 3"));
    }

    [Test]
    public void A_frozen_run_is_pretrained_no_more()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores,
            Outcomes = (replica, round) => replica == 1 && round == 1
                ? new TrainingOutcome(double.NaN, 0) : new TrainingOutcome(1, null),
        };
        new ScriptedJob(device, s_small, pretrain: 2).Run();
        int frozen = device.Pretraining.Calls.IndexOf("freeze 1");
        Assert.That(frozen, Is.InRange(device.Pretraining.Calls.IndexOf("train 1") + 1,
            device.Pretraining.Calls.IndexOf("train 2") - 1));
        IEnumerable<int> pretrained = device.Pretraining.Imports
            .Where(import => import.Trained >= 2).Select(import => import.Replica);
        Assert.That(pretrained.Distinct(), Is.EqualTo([0, 2]));
    }

    [Test]
    public void A_loss_that_is_not_finite_in_pretraining_freezes_its_run_before_the_round()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores,
            PretrainingOutcomes = (replica, round) =>
                replica == 1 && round == 2
                    ? new TrainingOutcome(double.PositiveInfinity, 1) : new TrainingOutcome(1, null),
        };
        AssertSecondRunFrozen(
            new ScriptedJob(device, s_small, pretrain: 3), round: 2, epoch: 1,
                "the pretraining loss of the network is not finite");
        Assert.That(device.Training.Weights.Keys, Does.Contain((2, 0)).And.Not.Contains((2, 1)));
    }

    [Test]
    public void Training_fails_when_pretraining_fails_in_every_run()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores, PretrainingOutcomes = (_, _) => new TrainingOutcome(double.NaN, 0),
        };
        TrainingFailedException e = Assert.Throws<TrainingFailedException>(
            () => new ScriptedJob(device, s_small, pretrain: 3, labels: ScriptedJob.Labels).Run());
        Assert.That(e.Alarms.Select(alarm => alarm.Message), Is.All.Contains("pretraining loss"));
    }

    [Test]
    public void A_device_that_fails_after_every_run_froze_does_not_take_their_rounds()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores,
            PretrainingOutcomes = (_, round) => new TrainingOutcome(round == 1 ? double.NaN : 1, round == 1 ? 0 : null),
            OnTrain = (spec, round) =>
            {
                if (round == 1 && spec.Shuffle == RandomPurpose.Shuffle) throw new DeviceFailedException("lost");
            },
        };
        IReadOnlyList<IadRun> runs = new ScriptedJob(device, s_small, pretrain: 3).Run();
        Assert.That(runs.Select(run => (run.Rounds.Count, run.Failure!.Kind)), Is.All.EqualTo((1, AlarmKind.Frozen)));
    }

    [Test]
    public void A_device_that_fails_while_networks_are_copied_out_leaves_those_of_the_round_before()
    {
        var device = new ScriptedDevice
        {
            Scores = ScriptedJob.Scores,
            OnExport = (replica, round) =>
            {
                if ((replica, round) == (1, 2)) throw new DeviceFailedException("lost");
            },
        };
        IReadOnlyList<IadRun> runs = new ScriptedJob(device, s_small).Run();
        Assert.That(runs.Select(run => (run.Rounds.Count, run.Failure!.Kind)), Is.All.EqualTo((2, AlarmKind.DeviceFailed)));
        Assert.That(runs[0].Kept!.States[0].Parameters, Is.All.EqualTo(ScriptedDevice.Mark(1, 0)));
    }

    [Test]
    public void Runs_for_which_memory_runs_out_at_work_train_in_turn()
    {
        ScriptedDevice device = null!;
        device = new ScriptedDevice
        {
            Scores = (replica, round) => device.Sessions[^1].Spec.Replicas.Count > 1
                ? throw new NoMemoryException()
                : ScriptedJob.Scores(replica, round),
        };
        var job = new ScriptedJob(device, s_small);
        IReadOnlyList<IadRun> runs = job.Run();
        Assert.That(runs.Select(run => (run.Rounds.Count, run.Failure)), Is.All.EqualTo((5, (Alarm?)null)));
        Assert.That(device.Sessions.Select(session => session.Spec.Replicas.Count), Is.EqualTo(new[] { 3, 2, 1, 1, 1 }));
        Assert.That(device.Sessions.Select(session => session.Disposed), Is.All.True);

        // What was given up does not count.
        Assert.That(job.Progress.Select(report => report.Fraction), Is.All.InRange(0.0, 1.0));
        Assert.That(
            job.Progress.Where(report => report.Completed.Count > 0).Select(report => report.Fraction),
            Is.EqualTo(Enumerable.Range(1, 15).Select(round => round / 15.0)).Within(1e-12));
    }

    [Test]
    public void A_device_that_fails_otherwise_is_not_tried_with_fewer_runs()
    {
        Assert.That(new DeviceFailedException("lost").IsOutOfMemory, Is.False);
        var device = new ScriptedDevice { Scores = (_, _) => throw new DeviceFailedException("lost") };
        Assert.That(() => new ScriptedJob(device, s_small).Run(), Throws.TypeOf<DeviceFailedException>().With.Message.Contains("lost"));
        Assert.That(device.Sessions.Select(session => session.Spec.Replicas.Count), Is.EqualTo(new[] { 3 }));
    }

    private static void AssertSecondRunFrozen(ScriptedJob job, int round, int? epoch, string reason)
    {
        IReadOnlyList<IadRun> runs = job.Run();
        Assert.That(runs.Select(run => run.Rounds.Count), Is.EqualTo([5, round, 5]));
        Alarm alarm = runs[1].Failure!;
        Assert.That((alarm.Kind, alarm.Seed, alarm.Round, alarm.Epoch),
            Is.EqualTo((AlarmKind.Frozen, 41ul, round, epoch)));
        string when = epoch is null ? $"round {round}:" : $"round {round}, epoch {epoch}:";
        Assert.That(alarm.Message, Does.Contain("seed 41").And.Contains(when).And.Contains(reason)
            .And.EndsWith($"it keeps round {round - 1}."));
        Assert.That(runs[1].Kept!.States[0].Parameters, Is.All.EqualTo(ScriptedDevice.Mark(round - 1, 1)));
        Assert.That(runs[1].Report.Frozen, Is.True);
        Assert.That(new[] { runs[0], runs[2] }.Select(run => (run.Failure, run.Report.Frozen)),
            Is.All.EqualTo(((Alarm?)null, false)));
        Assert.That(job.Device.Training.Calls.Count(call => call == "freeze 1"), Is.EqualTo(1));
        int without = reason.Contains("pretraining", StringComparison.Ordinal) ? round : round + 1;
        IEnumerable<int> imported = job.Device.Training.Imports
            .Where(import => import.Trained >= without).Select(import => import.Replica);
        Assert.That(imported.Distinct(), Is.EqualTo([0, 2]));
        Assert.That(job.Progress.Last(report => report.Completed.Count > 0).Completed.Keys,
            Is.EquivalentTo((ulong[])[40, 42]));
    }

    private sealed class NoMemoryException() : DeviceFailedException("no memory")
    {
        public override bool IsOutOfMemory => true;
    }
}
