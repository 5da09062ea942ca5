using System.Text.Json.Nodes;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Detectors;

/// <summary>Detectors whose members are of several models and networks, on several choices of features.</summary>
public sealed class MixedDetectorTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 90, d: 6);

    private static readonly DetectorFamily[] s_families =
    [
        new() { Network = new NetworkSpec(5, 3), Columns = [4, 0, 2], Count = 2 },
        new() { Model = new Autoencoder(), Network = new NetworkSpec(4, 2), Epochs = 3 },
        new() { Model = new MaskedAutoregressiveFlow(), Network = new NetworkSpec(4), Columns = [5, 4, 3, 2, 1, 0] },
    ];

    private static readonly FitOptions s_mixed = new()
    {
        Families = s_families,
        Threads = 1,
        Training = new TrainingOptions
        {
            Rounds = 3, Epochs = 2, BatchSize = 16, Seed = 17, Seeds = 2, Termination = TerminationCriterion.Last,
        },
    };

    [Test]
    public void It_fits_saves_loads_and_scores_the_same_bits([Values] bool sharedWeights)
    {
        FitResult result = AnomalyDetector.Fit(s_data, s_mixed with { SharedWeights = sharedWeights });
        AnomalyDetector detector = result.Detector;
        Assert.That((detector.Members, detector.Features, detector.Model.Name), Is.EqualTo((4, 6, "svdd")));
        Assert.That(result.Runs.Select(run => run.Rounds.Count), Is.EqualTo(new[] { 4, 4 }));
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        Assert.That(result.Options.Families.Select(family => family.Epochs), Is.EqualTo(new int?[] { 2, 3, 2 }));

        byte[] file = detector.Saved();
        AnomalyDetector loaded = SyntheticData.Loaded(file);
        Assert.That(loaded.Options.Families, Is.EqualTo(detector.Options.Families));
        Assert.That(loaded.Options.SharedWeights, Is.EqualTo(sharedWeights));
        Assert.That(loaded.Options with { Families = [] }, Is.EqualTo(detector.Options with { Families = [], Threads = 0 }));
        Assert.That(loaded.Saved(), Is.EqualTo(file), "saved again, the same bytes");
        Assert.That(loaded.Score(s_data), Is.EqualTo(detector.Score(s_data)));
        Assert.That(new ModelFile(file).Description["format"]!.GetValue<int>(), Is.EqualTo(4), "features are clipped at 30");

        // Trained and scored on the same instruction set, the training scores are the detector's own but for the last digits.
        float[] scores = detector.Score(s_data);
        for (int i = 0; i < scores.Length; i++)
            Assert.That(scores[i], Is.EqualTo(result.TrainingScores![i]).Within(1e-4 * Math.Max(1, Math.Abs(scores[i]))));
    }

    [Test]
    public void A_score_is_the_mean_of_the_members_own_each_on_its_scale_and_its_features()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_mixed).Detector;
        IReadOnlyList<DetectorMember> members = detector.Content.Members;
        Assert.That(members.Select(member => member.Features?.Length ?? 6), Is.EqualTo(new[] { 3, 3, 6, 6 }));
        float[][] own = [.. members.Select(member => Alone(detector, member))];
        float[] scores = detector.Score(s_data);
        for (int i = 0; i < scores.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < 4; k++) sum += k == 3 ? own[k][i] - members[k].Median : own[k][i] / members[k].Median;
            Assert.That(scores[i], Is.EqualTo((float)(sum / 4)));
            Assert.That(detector.Score(s_data.Row(i)), Is.EqualTo(scores[i]));
        }
    }

    [Test]
    public void Nothing_is_allocated_in_scoring_a_row()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_mixed).Detector;
        detector.Score(s_data.Row(0));
        Assert.That(Allocations.Of(() => detector.Score(s_data.Row(1))), Is.Zero);
    }

    [Test]
    public void One_family_that_is_spelled_out_gives_the_bits_of_the_options_that_it_spells_out([Values(1, 3)] int ensemble)
    {
        FitOptions plain = s_mixed with
        {
            Families = [], Model = new Autoencoder(), Network = new NetworkSpec(4, 2),
            Training = s_mixed.Training with { Ensemble = ensemble },
        };
        FitResult expected = AnomalyDetector.Fit(s_data, plain);
        FitResult actual = AnomalyDetector.Fit(
            s_data, s_mixed with { Families = [new DetectorFamily { Model = new Autoencoder(), Network = plain.Network, Count = ensemble }] });
        Assert.That(actual.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(expected.Runs.Select(SyntheticData.Fingerprint)));
        Assert.That(actual.Detector.Score(s_data), Is.EqualTo(expected.Detector.Score(s_data)));
        Assert.That(actual.Detector.Threshold, Is.EqualTo(expected.Detector.Threshold));
        Assert.That(new ModelFile(expected.Detector.Saved()).Description.ContainsKey("families"), Is.False);
    }

    [Test]
    public void Features_in_another_order_are_those_of_data_in_that_order()
    {
        int[] columns = [3, 5, 1];
        float[] values = [.. Enumerable.Range(0, s_data.Rows).SelectMany(row => columns.Select(column => s_data.Row(row)[column]))];
        var chosen = new Dataset("chosen", values, s_data.Rows, 3, s_data.Labels);
        var family = new DetectorFamily { Network = new NetworkSpec(5, 3), Count = 2 };
        FitResult expected = AnomalyDetector.Fit(chosen, s_mixed with { Families = [family] });
        FitResult actual = AnomalyDetector.Fit(s_data, s_mixed with { Families = [family with { Columns = columns }] });
        Assert.That(actual.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(expected.Runs.Select(SyntheticData.Fingerprint)));
        Assert.That(actual.Detector.Score(s_data), Is.EqualTo(expected.Detector.Score(chosen)));
    }

    [Test]
    public void Shared_weights_follow_from_all_members_and_separate_ones_from_a_familys_own([Values] bool sharedWeights)
    {
        using var device = new WatchedDevice();
        AnomalyDetector.Fit(s_data, s_mixed with
        {
            Device = device, SharedWeights = sharedWeights, Training = s_mixed.Training with { Seeds = 1 },
        });
        Assert.That(device.Sessions.Select(session => session.Replicas), Is.EqualTo(new[] { 2, 1, 1 }));
        Assert.That(device.Sessions.Select(session => session.Weights[0][0]), Has.All.All.EqualTo(1f));
        MemberScale[] scales = [.. Enumerable.Repeat(MemberScale.DivideByMedian, 3), MemberScale.SubtractMedian];
        for (int round = 1; round <= 3; round++)
        {
            // The scores of a round are those behind the ones of the untrained networks and of the rounds before it.
            float[][] scores = [.. device.Sessions.SelectMany(session => session.Scores[round])];
            Assert.That(scores, Has.Length.EqualTo(4));
            int first = 0;
            foreach (WatchedSession session in device.Sessions)
            {
                float[] expected = sharedWeights
                    ? WeightsAfter(scores, scales)
                    : WeightsAfter(scores[first..(first + session.Replicas)], scales[first..(first + session.Replicas)]);
                Assert.That(session.Weights[round], Has.Length.EqualTo(session.Replicas).And.All.EqualTo(expected), $"round {round}");
                first += session.Replicas;
            }
        }

        float[][] last = [.. device.Sessions.Select(session => session.Weights[3][0])];
        Assert.That(last[0].SequenceEqual(last[1]), Is.EqualTo(sharedWeights));
        Assert.That(last[1].SequenceEqual(last[2]), Is.EqualTo(sharedWeights));
    }

    [Test, Category("Emulator")]
    public void On_an_emulated_device_it_agrees_with_the_cpu([Values] bool sharedWeights)
    {
        ClangCompiler.IgnoreIfMissing();
        using var driver = new EmulatedCudaDriver(new EmulatorOptions());
        FitOptions options = s_mixed with { SharedWeights = sharedWeights };
        FitResult actual = AnomalyDetector.Fit(s_data, options with { Device = new CudaDevice(driver) });
        FitResult expected = AnomalyDetector.Fit(s_data, options);
        Assert.That(actual.Alarms, Is.Empty);
        for (int run = 0; run < 2; run++)
        {
            Assert.That(actual.Runs[run].Rounds, Has.Count.EqualTo(4));
            for (int t = 1; t <= 3; t++)
                Assert.That(actual.Runs[run].Rounds[t].RankFlips, Is.EqualTo(expected.Runs[run].Rounds[t].RankFlips).Within(2), $"{run}, {t}");
        }

        byte[] file = actual.Detector.Saved();
        Assert.That(SyntheticData.Loaded(file).Score(s_data), Is.EqualTo(actual.Detector.Score(s_data)));
    }

    [Test]
    public void Autoencoders_on_some_features_explain_those_and_no_others()
    {
        DetectorFamily[] families =
        [
            new() { Model = new Autoencoder(), Network = new NetworkSpec(2), Columns = [4, 1] },
            new() { Model = new Autoencoder(), Network = new NetworkSpec(3, 2), Columns = [1, 2, 5] },
        ];
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_mixed with { Families = families }).Detector;
        float[] contributions = new float[s_data.Values.Length];
        detector.Explain(s_data.Values, contributions);
        float[] scores = detector.Score(s_data);
        for (int i = 0; i < scores.Length; i++)
        {
            float[] row = contributions[(6 * i)..((6 * i) + 6)];
            Assert.That((row[0], row[3]), Is.EqualTo((0f, 0f)));
            Assert.That(row.Sum(value => (double)value), Is.EqualTo(scores[i]).Within(1e-5 * scores[i]));
        }

        Assert.That(detector.ExplainedFrom, Is.Zero);
    }

    [Test]
    public void The_threshold_of_soft_boundaries_is_the_mean_of_theirs()
    {
        DetectorFamily[] families =
        [
            new() { Model = new SoftBoundarySvdd { Nu = 0.2 }, Network = new NetworkSpec(3) },
            new() { Model = new SoftBoundarySvdd(), Network = new NetworkSpec(5, 2), Columns = [0, 1] },
        ];
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_mixed with { Families = families, Threshold = ThresholdRule.Radius }).Detector;
        double sum = detector.Content.Members.Sum(member => member.Model.Boundary(member.Plan, member.Trained.State) / member.Median);
        Assert.That(detector.Threshold, Is.EqualTo((float)(sum / 2)));
    }

    [Test]
    public void What_makes_no_sense_is_refused()
    {
        var flow = new DetectorFamily { Model = new MaskedAutoregressiveFlow { WeightByDensity = true } };
        Refused([s_families[0] with { Columns = [] }], "no choice");
        Refused([s_families[0] with { Columns = [1, 2, 1] }], "no choice");
        Refused([s_families[0] with { Columns = [-1] }], "no choice");
        Refused([s_families[0] with { Columns = [0, 6] }], "no column 6");
        Refused([s_families[0] with { Count = 0 }], "Count is 0");
        Refused([s_families[0] with { Epochs = 0 }], "Epochs is 0");
        Refused([s_families[0] with { Model = new SoftBoundarySvdd { Nu = 0 } }], "Nu is 0");
        Refused([s_families[0] with { Count = 600 }, s_families[1] with { Count = 401 }], "1,000 networks");
        Refused([s_families[1], flow], "density");
        Assert.That(
            () => AnomalyDetector.Fit(s_data, s_mixed with { Threshold = ThresholdRule.Radius }), Throws.ArgumentException.With.Message.Contains("radius"));
        Assert.That(AnomalyDetector.Fit(s_data, s_mixed with { Families = [s_families[1], flow], SharedWeights = false }).Alarms
            .Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);

        void Refused(DetectorFamily[] families, string said) => Assert.That(
            () => AnomalyDetector.Fit(s_data, s_mixed with { Families = families }),
            Throws.InstanceOf<ArgumentException>().With.Message.Contains(said));
    }

    [Test]
    public void A_hostile_file_is_refused()
    {
        byte[] saved = AnomalyDetector.Fit(s_data, s_mixed).Detector.Saved();
        Refused(file => file.Description["format"] = 1);
        Refused(file => file.Description["format"] = 6, "format 6");
        Refused(file => file.Description["format"] = 2);
        Refused(file => file.Description.Remove("families"));
        Refused(file => file.Description.Remove("sharedWeights"));
        Refused(file => file.Description["families"] = new JsonArray(), "no family");
        Refused(file => file.Description["families"] = 7);
        Refused(file => file.Description["model"] = "ae", "not those");
        Refused(file => file.Description["training"]!["ensemble"] = 3, "not those");
        Refused(file => file.Family(0)["columns"] = new JsonArray(0, 1, 6), "no column 6");
        Refused(file => file.Family(0)["columns"] = new JsonArray(0, 1, -1), "no choice");
        Refused(file => file.Family(0)["columns"] = new JsonArray(0, 1, 1), "no choice");
        Refused(file => file.Family(0)["columns"] = new JsonArray(0, 1), "encoder.0.weight");
        Refused(file => file.Family(0)["columns"] = new JsonArray(0, 1.5, 2));
        Refused(file => file.Family(0).Remove("columns"));
        Refused(file => file.Family(1)["count"] = 0);
        Refused(file => file.Family(1)["count"] = int.MaxValue);
        Refused(file => file.Family(1)["epochs"] = -1, "Epochs is -1");
        Refused(file => file.Family(2)["model"] = "svdd");
        Refused(file => file.Family(2)["network"]!["widths"] = "65536", "too small");
        Refused(file => file.Family(1)["network"]!["widths"] = "4-3");
        Refused(file => file.Family(1).Remove("network"));
        Refused(file => file.Tensors.Remove(file.Tensors.Keys.First(name => name.StartsWith("member.3.", StringComparison.Ordinal))));
        Refused(file => file.Doubles("score.medians")[2] = 0, "median");
        Refused(file => file.Doubles("score.medians")[3] = double.NaN);

        // A flow's median may be zero.
        var zero = new ModelFile(saved);
        zero.Doubles("score.medians")[3] = 0;
        Assert.That(SyntheticData.Loaded(zero.ToBytes()).Members, Is.EqualTo(4));

        void Refused(Action<ModelFile> damage, string said = "") => ModelFile.AssertRefused(saved, damage, said);
    }

    /// <summary>The scores of one member of a detector, as a detector of its own gives them.</summary>
    private static float[] Alone(AnomalyDetector detector, DetectorMember member)
    {
        float[] scores = new float[s_data.Rows];
        new AnomalyDetector(detector.Content with { Members = [member with { Median = 0 }] }).Score(s_data.Values, scores);
        return scores;
    }

    private static float[] WeightsAfter(float[][] members, MemberScale[] scales)
    {
        float[] scores = new float[s_data.Rows];
        for (int i = 0; i < scores.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < members.Length; k++)
                sum += scales[k] == MemberScale.SubtractMedian ? members[k][i] - MedianOf(members[k]) : members[k][i] / MedianOf(members[k]);
            scores[i] = members.Length == 1 ? members[0][i] : (float)(sum / members.Length);
        }

        float[] weights = new float[scores.Length];
        ImportanceWeights.Update(scores, new ScoreStatistics(scores.Min(), MedianOf(scores), scores.Max()), 4, weights);
        return weights;
    }

    private static double MedianOf(float[] values) => Quantiles.Linear([.. values.Order()], 0.5);

    /// <summary>The CPU, with the scores that its sessions gave and the weights that they got.</summary>
    private sealed class WatchedDevice : IDevice, IDisposable
    {
        private readonly CpuDevice _cpu = new(threads: 1);

        public List<WatchedSession> Sessions { get; } = [];

        public string Description => "watched";

        public ISession CreateSession(Plan plan, SessionSpec spec)
        {
            Sessions.Add(new WatchedSession(_cpu.CreateSession(plan, spec), spec));
            return Sessions[^1];
        }

        public void Dispose() => Sessions.Clear();
    }

    private sealed class WatchedSession(ISession session, SessionSpec spec) : ISession
    {
        private readonly List<float[]> _weights = [];

        public int Replicas => spec.Replicas.Count;

        /// <summary>By scoring, the untrained one first, and replica.</summary>
        public List<float[][]> Scores { get; } = [];

        /// <summary>By round and replica.</summary>
        public List<float[][]> Weights { get; } = [];

        public void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights)
        {
            for (int replica = first; replica < first + count; replica++) _weights.Add(weights.ToArray());
            session.SetImportanceWeights(first, count, weights);
        }

        public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
        {
            Weights.Add([.. _weights]);
            _weights.Clear();
            session.Train(epochs, epochDone, cancellationToken);
        }

        public void Score()
        {
            session.Score();
            Scores.Add([.. Enumerable.Range(0, Replicas).Select(replica =>
            {
                float[] scores = new float[s_data.Rows];
                session.ReadScores(replica, scores);
                return scores;
            })]);
        }

        public void ReadScores(int replica, Span<float> scores) => session.ReadScores(replica, scores);

        public void Import(int replica, ReplicaState state) => session.Import(replica, state);

        public void Export(int replica, ReplicaState state) => session.Export(replica, state);

        public void Initialize(int round) => session.Initialize(round);

        public void BeginRound() => session.BeginRound();

        public TrainingOutcome Outcome(int replica) => session.Outcome(replica);

        public void Deactivate(int replica) => session.Deactivate(replica);

        public void ReadGradient(int replica, Span<float> gradient) => session.ReadGradient(replica, gradient);

        public void Dispose() => session.Dispose();
    }
}
