using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Random;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Iad;

/// <summary>IAD around detectors that are not the library's own.</summary>
public sealed class RobustTrainingTests
{
    private const int Samples = ScriptedJob.Samples;

    private static readonly RobustOptions s_small = new() { Rounds = 4, Seed = 40, Termination = TerminationCriterion.Last };

    [Test]
    public void A_detector_that_says_no_more_than_it_must_is_not_scored_before_it_is_trained()
    {
        var detector = new Least();
        RobustResult result = RobustTraining.Run(Samples, (_, _) => detector, s_small with { Rounds = 1 }, ScriptedJob.Labels);
        Assert.That(detector.Calls, Is.EqualTo(new[] { "train", "score", "train", "score" }));
        Assert.That(result.Runs[0].UntrainedAuc, Is.Null);
        Assert.That(result.Runs[0].Rounds.Select(round => round.Auc), Is.All.EqualTo(1));
        Assert.That(((IWeightedDetector)detector).Loss, Is.Null);
    }

    [Test]
    public void Around_a_model_of_the_library_it_gives_the_bits_that_the_library_gives(
        [Values("svdd", "svdd-soft", "ae", "maf")] string model, [Values(1, 3)] int ensemble,
        [Values("rank-flip", "otsu", "last", "fixed:1")] string criterion)
    {
        Dataset data = SyntheticData.Contaminated(n: 90, d: 4);
        var options = new FitOptions
        {
            Model = BaseModel.Parse(model),
            Network = new NetworkSpec(5, 3),
            Scaling = FeatureScaling.Standard,
            Threads = 1,
            Training = new TrainingOptions
            {
                Rounds = 3, Epochs = 2, BatchSize = 16, Seed = 17, Seeds = 2, Ensemble = ensemble,
                Termination = TerminationCriterion.Parse(criterion),
            },
        };
        FitResult expected = AnomalyDetector.Fit(data, options);
        RobustResult actual = RobustTraining.Run(
            data.Rows, (seed, member) => new NetworkDetector(data, options, seed, member),
            new RobustOptions
            {
                Rounds = 3, Seed = 17, Seeds = 2, Ensemble = ensemble, Termination = options.Training.Termination,
                Scale = options.Model.MemberScale,
            },
            data.Labels);
        Assert.That(actual.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(expected.Runs.Select(SyntheticData.Fingerprint)));
        Assert.That(actual.Scores, Is.EqualTo(expected.TrainingScores));
        Assert.That(actual.Medians, Is.EqualTo(expected.Detector.Content.Members.Select(member => member.Median)));
        Assert.That(actual.Alarms, Is.EqualTo(expected.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter)));
        for (int member = 0; member < ensemble; member++)
        {
            ReplicaState state = ((NetworkDetector)actual.Detectors[member]).State;
            TrainedNetwork trained = expected.Detector.Content.Members[member].Trained;
            Assert.That(state.Parameters, Is.EqualTo(trained.Parameters));
            Assert.That(state.Statistics, Is.EqualTo(trained.Statistics));
            Assert.That(state.State, Is.EqualTo(trained.State));
        }
    }

    [Test]
    public void A_round_trains_scores_and_keeps_and_the_end_restores()
    {
        var detectors = new List<Scripted>();
        Run(s_small with { Rounds = 2, Ensemble = 2, Seeds = 2 }, detectors);
        Assert.That(detectors.Select(detector => (detector.Seed, detector.Member)), Is.EqualTo(
            ((ulong, int)[])[(40, 0), (40, 1), (41, 0), (41, 1)]));
        foreach (Scripted detector in detectors)
        {
            Assert.That(detector.Calls, Is.EqualTo((string[])
                ["train", "score", "keep", "train", "score", "keep", "train", "score", "keep", "restore"]));
        }
    }

    [Test]
    public void An_untrained_detector_is_scored_only_when_it_says_that_it_can_be()
    {
        var detectors = new List<Scripted>();
        RobustResult result = Run(s_small, detectors, detector => detector.ScoresUntrained = true, ScriptedJob.Labels);
        Assert.That(detectors.Single().Calls[..3], Is.EqualTo((string[])["score", "train", "score"]));
        Assert.That(result.Runs[0].UntrainedAuc, Is.Not.Null);
        Assert.That(Run(s_small, [], null, ScriptedJob.Labels).Runs[0].UntrainedAuc, Is.Null);
    }

    [Test]
    public void Weights_are_ones_and_then_those_of_equations_12_to_14()
    {
        var detectors = new List<Scripted>();
        Run(s_small with { InverseTau = 7 }, detectors);
        Assert.That(detectors[0].Weights[0], Is.All.EqualTo(1f));
        for (int round = 1; round <= 4; round++)
        {
            float[] scores = ScriptedJob.Scores(0, round - 1), sorted = [.. scores.Order()], expected = new float[Samples];
            var statistics = new ScoreStatistics(sorted[0], ((double)sorted[4] + sorted[5]) / 2, sorted[9]);
            ImportanceWeights.Update(scores, statistics, 7, expected);
            Assert.That(detectors[0].Weights[round], Is.EqualTo(expected));
        }
    }

    [TestCase(MemberScale.DivideByMedian)]
    [TestCase(MemberScale.SubtractMedian)]
    public void Members_are_averaged_on_one_scale(MemberScale scale)
    {
        RobustResult result = Run(s_small with { Rounds = 1, Ensemble = 2, Scale = scale }, []);
        float[] first = ScriptedJob.Scores(0, 1), second = ScriptedJob.Scores(1, 1);
        Assert.That(result.Medians, Is.EqualTo(((float[][])[first, second]).Select(MedianOf)));
        for (int i = 0; i < Samples; i++)
        {
            double expected = scale == MemberScale.DivideByMedian
                ? ((first[i] / result.Medians[0]) + (second[i] / result.Medians[1])) / 2
                : (first[i] - result.Medians[0] + (second[i] - result.Medians[1])) / 2;
            Assert.That(result.Scores[i], Is.EqualTo((float)expected));
            Assert.That(result.Combine(first[i], second[i]), Is.EqualTo(result.Scores[i]));
        }

        Assert.That(() => result.Combine(1f), Throws.ArgumentException.With.Message.Contains("2 detectors but 1"));
    }

    [Test]
    public void A_score_or_loss_that_is_not_finite_freezes_its_run_and_no_other([Values] bool isLoss)
    {
        var detectors = new List<Scripted>();
        RobustResult result = Run(
            s_small with { Seeds = 3 }, detectors,
            detector =>
            {
                if (detector.Seed != 41) return;
                if (isLoss) detector.LossOf = round => round == 2 ? double.PositiveInfinity : 1;
                else detector.ScoresOf = round => round == 2 ? [.. ScriptedJob.Scores(1, 2)[..9], float.NaN] : ScriptedJob.Scores(1, round);
            });
        Assert.That(result.Runs.Select(run => (run.Rounds.Count, run.Frozen)), Is.EqualTo(((int, bool)[])[(5, false), (2, true), (5, false)]));
        Alarm alarm = result.Alarms.Single();
        Assert.That((alarm.Kind, alarm.Seed, alarm.Round), Is.EqualTo((AlarmKind.Frozen, 41ul, 2)));
        Assert.That(alarm.Message, Does.EndWith("it keeps round 1."));
        Assert.That(detectors[1].Calls.Count(call => call == "train"), Is.EqualTo(3), "none after the round that failed");
        Assert.That(detectors[1].Restored, Is.EqualTo(1));
    }

    [Test]
    public void What_a_detector_leaves_out_is_no_score() => Assert.That(
        () => Run(s_small, [], detector => detector.ScoresOf = _ => [1, 2, 3]),
        Throws.TypeOf<TrainingFailedException>().With.Message.Contains("not finite"));

    [Test]
    public void Scores_that_are_nearly_all_alike_raise_an_alarm()
    {
        RobustResult result = Run(
            s_small, [], detector => detector.ScoresOf = round => [.. Enumerable.Repeat(round == 4 ? 2f : 1f, Samples)]);
        Assert.That(result.Alarms.Single().Kind, Is.EqualTo(AlarmKind.Collapsed));
        Assert.That(result.Runs[0].Rounds.Select(round => round.Collapsed), Is.All.True);
        Assert.That(result.Runs[0].Rounds.Skip(1).Select(round => round.DegenerateWeights), Is.All.True);
    }

    [TestCase("Train")]
    [TestCase("Score")]
    [TestCase("Keep")]
    [TestCase("Restore")]
    public void A_detector_that_throws_is_reported_with_what_and_where(string call)
    {
        var thrown = new InvalidTimeZoneException("a bin was lost");
        TrainingFailedException e = Assert.Throws<TrainingFailedException>(() => Run(
            s_small with { Seeds = 2, Ensemble = 2 }, [],
            detector => detector.OnCall = (name, round) =>
            {
                if ((detector.Seed, detector.Member, name) == (41, 1, call) && round == (call == "Restore" ? 4 : 3)) throw thrown;
            }));
        int round = call == "Restore" ? 4 : 3;
        Assert.That(e.Message, Is.EqualTo($"The detector of seed 41, member 1, threw in {call} of round {round}: a bin was lost"));
        Assert.That(e.InnerException, Is.SameAs(thrown));
    }

    [Test]
    public void Training_is_cancelled_between_trainings_and_within_one()
    {
        using var source = new CancellationTokenSource();
        var detectors = new List<Scripted>();
        Assert.That(
            () => Run(s_small with { Ensemble = 2 }, detectors, detector => detector.OnCall = (name, round) =>
            {
                if ((name, round) == ("Train", 2)) source.Cancel();
            }, token: source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(detectors.Select(detector => detector.Calls.Count(call => call == "train")), Is.EqualTo(new[] { 3, 2 }));

        using var other = new CancellationTokenSource();
        Assert.That(
            () => Run(s_small, [], detector => detector.OnCall = (name, round) =>
            {
                if ((name, round) != ("Train", 1)) return;
                other.Cancel();
                other.Token.ThrowIfCancellationRequested();
            }, token: other.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            () => Run(s_small, [], detector => detector.OnCall = (_, _) => throw new OperationCanceledException("its own")),
            Throws.TypeOf<TrainingFailedException>(), "nobody cancelled the training");
    }

    [Test]
    public void Progress_ends_with_every_rounds_reports()
    {
        var reports = new List<TrainingProgress>();
        RobustTraining.Run(
            Samples, (seed, member) => new Scripted(seed, member), s_small with { Seeds = 2, Ensemble = 2 },
            progress: new Collector(reports));
        TrainingProgress[] ends = [.. reports.Where(report => report.Completed.Count > 0)];
        Assert.That(ends.Select(report => report.Round), Is.EqualTo(Enumerable.Range(0, 5)));
        Assert.That(ends.Select(report => report.Fraction), Is.EqualTo(Enumerable.Range(1, 5).Select(round => round / 5.0)).Within(1e-12));
        Assert.That(ends.Select(report => report.Completed.Keys), Is.All.EquivalentTo((ulong[])[40, 41]));
    }

    [Test]
    public void What_makes_no_sense_is_refused()
    {
        Assert.That(() => Run(s_small with { Rounds = -1 }, []), Refused("Rounds is -1"));
        Assert.That(() => Run(s_small with { InverseTau = double.NaN }, []), Refused("InverseTau is NaN"));
        Assert.That(() => Run(s_small with { Seeds = 0 }, []), Refused("Seeds is 0"));
        Assert.That(() => Run(s_small with { Ensemble = 1_001 }, []), Refused("Ensemble is 1001"));
        Assert.That(() => Run(s_small with { Scale = (MemberScale)7 }, []), Refused("Scale is 7"));
        Assert.That(() => Run(s_small with { Termination = null! }, []), Refused("Termination is null"));
        Assert.That(() => Run(s_small, [], labels: new bool[3]), Refused("10 samples but 3 labels"));
        Assert.That(() => RobustTraining.Run(1, (_, _) => new Scripted(0, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => RobustTraining.Run(2, null!), Throws.ArgumentNullException);
        Assert.That(() => RobustTraining.Run(2, (_, _) => null!), Throws.InvalidOperationException.With.Message.Contains("No detector"));

        static NUnit.Framework.Constraints.IResolveConstraint Refused(string said) =>
            Throws.InstanceOf<ArgumentException>().With.Message.Contains(said);
    }

    private static RobustResult Run(
        RobustOptions options, List<Scripted> detectors, Action<Scripted>? prepare = null, bool[]? labels = null,
        CancellationToken token = default) => RobustTraining.Run(
        Samples,
        (seed, member) =>
        {
            var detector = new Scripted(seed, member);
            prepare?.Invoke(detector);
            detectors.Add(detector);
            return detector;
        },
        options, labels, null, token);

    private static double MedianOf(float[] values)
    {
        float[] sorted = [.. values.Order()];
        return ((double)sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>A detector with prepared scores that writes down what it is asked to do.</summary>
    /// <summary>The least that a detector must do.</summary>
    private sealed class Least : IWeightedDetector
    {
        public List<string> Calls { get; } = [];

        public void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken) => Calls.Add("train");

        public void Score(Span<float> scores)
        {
            Calls.Add("score");
            for (int i = 0; i < scores.Length; i++) scores[i] = i;
        }
    }

    private sealed class Scripted(ulong seed, int member) : IWeightedDetector
    {
        private int _round = -1;

        public ulong Seed => seed;

        public int Member => member;

        public List<string> Calls { get; } = [];

        public List<float[]> Weights { get; } = [];

        public int Kept { get; private set; } = -1;

        public int Restored { get; private set; } = -1;

        public Func<int, float[]> ScoresOf { get; set; } = round => ScriptedJob.Scores((2 * ((int)seed - 40)) + member, round);

        public Func<int, double?> LossOf { get; set; } = _ => null;

        public Action<string, int> OnCall { get; set; } = (_, _) => { };

        public double? Loss => LossOf(_round);

        public bool ScoresUntrained { get; set; }

        public void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken)
        {
            _round++;
            Calls.Add("train");
            Weights.Add(weights.ToArray());
            OnCall("Train", _round);
        }

        public void Score(Span<float> scores)
        {
            Calls.Add("score");
            OnCall("Score", _round);
            ScoresOf(_round).CopyTo(scores);
        }

        public void Keep()
        {
            Calls.Add("keep");
            OnCall("Keep", _round);
            Kept = _round;
        }

        public void Restore()
        {
            Calls.Add("restore");
            OnCall("Restore", _round);
            Restored = Kept;
        }
    }

    /// <summary>A model of the library as a user's detector: a session on the CPU with a single network.</summary>
    private sealed class NetworkDetector : IWeightedDetector
    {
        private readonly ISession _session;
        private readonly int _epochs;
        private int _round;

        public NetworkDetector(Dataset data, FitOptions options, ulong seed, int member)
        {
            TrainingOptions training = options.Training;
            _epochs = training.Epochs!.Value;
            Plan plan = options.Model.WritePlan(options.Network!, data.Columns, _epochs);
            State = new ReplicaState(plan);
            _session = new CpuDevice(threads: 1).CreateSession(plan, new SessionSpec
            {
                Data = data.Values,
                Scaler = FeatureScaler.Fit(data),
                Replicas = [new ReplicaSpec(seed, member, MemberRows.Draw(seed, member, training.Ensemble, data.Rows))],
                BatchSize = training.BatchSize,
                LearningRate = training.LearningRate,
                WeightDecay = training.WeightDecay,
                Shuffle = RandomPurpose.Shuffle,
            });
            Begin();
        }

        /// <summary>What was kept.</summary>
        public ReplicaState State { get; }

        public bool ScoresUntrained => true;

        public double? Loss => _session.Outcome(0).Loss;

        public void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken)
        {
            Begin();
            _session.SetImportanceWeights(0, weights);
            _session.Train(new EpochRange(_round, 0, _epochs), null, cancellationToken);
            _round++;
        }

        public void Score(Span<float> scores)
        {
            _session.Score();
            _session.ReadScores(0, scores);
        }

        public void Keep() => _session.Export(0, State);

        private void Begin()
        {
            _session.Initialize(_round);
            _session.BeginRound();
        }
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            lock (reports) reports.Add(value);
        }
    }
}
