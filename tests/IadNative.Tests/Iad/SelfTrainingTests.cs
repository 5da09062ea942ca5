using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Random;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Iad;

/// <summary>Models that train on labels of their own making, compared with their recipes followed by hand.</summary>
internal sealed class SelfTrainingTests
{
    private const int Samples = 90, Features = 4;

    private static readonly NetworkSpec s_network = new(6, 3);
    private static readonly Dataset s_data = Cluster();

    [Test]
    public void Ordinal_regression_learns_what_the_scores_before_say()
    {
        FitOptions options = Options(new SelfTrainedOrdinalRegression { InitialEpochs = 3 }, rounds: 1, epochs: 4);
        FitResult result = AnomalyDetector.Fit(s_data, options);
        var plan = new ModelPlan(options.Model, s_network, Features, 4);
        SessionSpec spec = Spec(result, options);
        float[] scores = Train(plan.Pretraining!, SessionMembers.PretrainingOf(spec), round: 0, epochs: 3, out _);
        Assert.That(result.Runs[0].UntrainedAuc, Is.EqualTo(Auc(scores)), "the initial detector");
        for (int round = 0; round <= 1; round++)
        {
            int[] order = [.. Enumerable.Range(0, Samples).OrderBy(i => scores[i]).ThenBy(i => i)];
            int[] normal = order[..18], anomalous = order[^9..];
            float[] targets = [.. Enumerable.Range(0, Samples).Select(i => anomalous.Contains(i) ? 1f : 0)];
            scores = Train(
                plan.Training, spec with { Replicas = [spec.Replicas[0] with { Rows = [.. normal, .. anomalous] }] }, round, epochs: 4,
                out _, targets);
            Assert.That(result.Runs[0].Rounds[round].Auc, Is.EqualTo(Auc(scores)), $"round {round}");
        }

        Assert.That(result.TrainingScores!.ToArray(), Is.EqualTo(scores));
        Assert.That(result.Runs[0].Rounds.Select(round => round.WeightMean), Has.All.EqualTo(1));
    }

    [Test]
    public void Process_regression_learns_from_the_codes_of_the_labelled()
    {
        FitOptions options = Options(BaseModel.AutoencodingGaussianProcess, rounds: 2, epochs: 5);
        FitResult result = AnomalyDetector.Fit(s_data, options);
        BaseModel model = options.Model.FilledFor(Samples);
        Assert.That(((AutoencodingGaussianProcess)model).Points, Is.EqualTo(17));
        var plan = new ModelPlan(model, s_network, Features, 5);
        SessionSpec spec = Spec(result, options);
        float[] errors = Train(plan.Pretraining!, SessionMembers.PretrainingOf(spec), round: 0, epochs: 5, out ReplicaState autoencoder);
        float[][] codes = Codes(plan, spec, autoencoder);
        double[][] places = [.. codes.Zip(errors, (code, error) => code.Select(value => (double)value).Append(error / 2.0).ToArray())];
        double[] mean = [.. Enumerable.Range(0, places[0].Length).Select(j => places.Average(place => place[j]))];
        double[] ranked = [.. places.Select(place => place.Zip(mean, (value, center) => (value - center) * (value - center)).Sum())];
        for (int round = 0; round <= 2; round++)
        {
            int[] order = [.. Enumerable.Range(0, Samples).OrderBy(i => ranked[i]).ThenBy(i => i)];
            (int pool, int drawn, int top, int anomalous) = round == 0 ? (27, 10, 5, 5) : (18, 14, 4, 3);
            int[] normal = Draw(RandomPurpose.NormalLabels, order[..pool], drawn, round);
            int[] high = Draw(RandomPurpose.AnomalousLabels, order[^top..], anomalous, round);
            int[] rows = [.. normal, .. high];
            double[] coefficients = Solve(
                [.. rows.Select(a => rows.Select(b => Kernel(codes[a], codes[b]) + (a == b ? 1 : 0)).ToArray())],
                [.. rows.Select((_, i) => i < drawn ? 0.0 : 1)]);
            ranked = [.. codes.Select(code => rows.Zip(coefficients, (row, alpha) => alpha * Kernel(codes[row], code)).Sum())];
            Assert.That(result.Runs[0].Rounds[round].ScoreMax, Is.EqualTo(ranked.Max()).Within(2e-6), $"round {round}");
            Assert.That(result.Runs[0].Rounds[round].ScoreMedian, Is.EqualTo(ranked.Order().Skip(44).Take(2).Average()).Within(2e-6), $"round {round}");
        }

        Assert.That(result.TrainingScores!.ToArray().Select(score => (double)score), Is.EqualTo(ranked).Within(2e-6));
        Assert.That(result.Runs[0].UntrainedAuc, Is.Null);
        Assert.That(result.Runs[0].Rounds[0].Loss, Is.GreaterThan(0), "the autoencoder's");
        Assert.That(result.Runs[0].Rounds.Select(round => round.Loss), Has.All.EqualTo(result.Runs[0].Rounds[0].Loss));
    }

    [Test]
    public void Scattered_anomalies_are_found([Values("sdor", "dagpr")] string name)
    {
        var random = new System.Random(8);
        bool[] labels = [.. Enumerable.Range(0, 500).Select(i => i % 12 == 5)];
        float[] values = [.. labels.SelectMany(isAnomaly => Enumerable.Range(0, Features).Select(
            _ => (float)(isAnomaly ? (16 * random.NextDouble()) - 6 : random.NextDouble() + random.NextDouble() + random.NextDouble())))];
        FitResult result = AnomalyDetector.Fit(
            new Dataset("scattered", values, 500, Features, labels),
            new FitOptions { Model = BaseModel.Parse(name), Threads = 2, Training = new TrainingOptions { Seeds = 3 } });
        Assert.That(result.Iad!.Values, Has.All.GreaterThan(0.9));
    }

    [Test]
    public void In_a_committee_they_train_beside_others_as_alone()
    {
        DetectorFamily Family(BaseModel model) => new() { Model = model, Network = s_network, Epochs = 4 };

        FitOptions options = Options(BaseModel.Auto, rounds: 2, epochs: 4) with
        {
            Network = null,
            MemberScale = MemberScale.Quartiles,
            Families = [Family(BaseModel.SelfTrainedOrdinalRegression), Family(BaseModel.OneClassSvdd), Family(BaseModel.AutoencodingGaussianProcess)],
        };
        AnomalyDetector all = AnomalyDetector.Fit(s_data, options).Detector;
        float[] row = s_data.Row(3).ToArray();
        for (int family = 0; family < 3; family += 2)
        {
            // Its place in the run is a part of the random numbers; without weight and votes the others leave it alone.
            AnomalyDetector alone = AnomalyDetector.Fit(s_data, options with
            {
                Families = [.. options.Families.Select((own, index) => own with { Weight = index == family ? 1 : 0, Votes = index == family })],
            }).Detector;
            Assert.That(alone.Content.Members[family].Trained.Parameters, Is.EqualTo(all.Content.Members[family].Trained.Parameters));
            Assert.That(alone.Content.Members[family].Trained.State, Is.EqualTo(all.Content.Members[family].Trained.State));
        }

        Assert.That(SyntheticData.Loaded(all.Saved()).Score(row), Is.EqualTo(all.Score(row)));
        Assert.That(all.Score(s_data), Has.All.InRange(-0.5f, 3f));
    }

    [TestCase("sdor")]
    [TestCase("dagpr")]
    public void Too_few_rows_are_refused(string model)
    {
        FitOptions options = new() { Model = BaseModel.Parse(model), Training = new TrainingOptions { Epochs = 1 } };
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => AnomalyDetector.Fit(Some(3), options))!;
        Assert.That(refusal.Message, Does.Contain("3 samples; at least 4 are needed"));
        refusal = Assert.Throws<ArgumentException>(
            () => AnomalyDetector.Fit(Some(4), options with { Training = options.Training with { Ensemble = 2 } }))!;
        Assert.That(refusal.Message, Does.Contain("4 samples; at least 5 are needed"));
        Assert.That(AnomalyDetector.Fit(Some(4), options).Detector.Members, Is.EqualTo(1));

        static Dataset Some(int rows) => new("few", [.. Enumerable.Range(0, rows * 2).Select(i => (float)((i * i) % 7))], rows, 2);
    }

    [Test]
    public void Weights_carried_on_are_those_of_the_round_before()
    {
        FitOptions options = Options(BaseModel.SelfTrainedOrdinalRegression, rounds: 1, epochs: 2);
        float[] Scores(BetweenRounds between) => AnomalyDetector.Fit(
            s_data, options with { Training = options.Training with { Between = between } }).TrainingScores!.ToArray();

        Assert.That(Scores(BetweenRounds.Warm), Is.Not.EqualTo(Scores(BetweenRounds.Reinitialize)));
        Assert.That(Scores(BetweenRounds.Warm), Is.Not.EqualTo(Scores(BetweenRounds.Same)));
    }

    [Test]
    public void A_run_that_is_frozen_leaves_the_others_alone([Values("sdor", "dagpr")] string name, [Values(-1, 0, 1)] int after)
    {
        FitOptions options = Options(BaseModel.Parse(name).FilledFor(Samples), rounds: 2, epochs: 2);
        FitResult result = AnomalyDetector.Fit(s_data, options);
        SessionSpec spec = Spec(result, options);
        var family = new NetworkFamily(new ModelPlan(options.Model, s_network, Features, 2), 1, 2, spec.Data, spec.Scaler);
        var training = new NetworkTraining(new CpuDevice(1), [family], result.Prepared!, options.Training);
        using IMembers members = training.Create([7, 11], new ProgressMeter(null, 2, 100));
        for (int round = 0; round <= 2; round++)
        {
            members.Prepare(round, CancellationToken.None);
            if (round == after + 1) members.Freeze(0);
            members.Begin(round);
            members.Train(round, CancellationToken.None);
            members.Score();
            Assert.That(members.Failure(1), Is.Null);
        }

        float[] scores = new float[Samples];
        members.ReadScores(1, 0, scores);
        Assert.That(scores, Is.EqualTo(result.TrainingScores));
    }

    private static FitOptions Options(BaseModel model, int rounds, int epochs) => new()
    {
        Model = model,
        Network = s_network,
        Threads = 1,
        Scaling = FeatureScaling.Standard,
        Training = new TrainingOptions { Rounds = rounds, Epochs = epochs, BatchSize = 16, LearningRate = 1e-2, Seed = 11 },
    };

    private static SessionSpec Spec(FitResult result, FitOptions options) => new()
    {
        Data = result.Prepared!.Values,
        Scaler = FeatureScaler.Fit(result.Prepared),
        Replicas = [new ReplicaSpec(options.Training.Seed, 0, [.. Enumerable.Range(0, Samples)])],
        BatchSize = 16,
        LearningRate = 1e-2,
    };

    private static float[] Train(Plan plan, SessionSpec spec, int round, int epochs, out ReplicaState state, float[]? targets = null)
    {
        using ISession session = new CpuDevice(1).CreateSession(plan, spec);
        session.Initialize(round);
        if (targets is not null) session.SetImportanceWeights(0, targets);
        session.Train(new EpochRange(round, 0, epochs), null, CancellationToken.None);
        session.Score();
        float[] scores = new float[Samples];
        session.ReadScores(0, scores);
        state = new ReplicaState(plan);
        session.Export(0, state);
        return scores;
    }

    private static float[][] Codes(ModelPlan plan, SessionSpec spec, ReplicaState autoencoder)
    {
        var state = new ReplicaState(plan.Training);
        plan.CopyShared(autoencoder, state);
        CpuScorer scorer = CpuScorer.Create(plan.Training);
        FoldedNetwork network = scorer.CreateNetwork(spec.Scaler);
        network.Fold(state.Parameters, state.Statistics, state.State);
        float[] codes = new float[Samples * 3];
        scorer.Outputs(network, spec.RowsFrom(0, Samples), codes);
        float[][] rows = [.. codes.Chunk(3)];
        Assert.That(rows.Select(code => code.Sum(value => value * value)), Is.All.EqualTo(1).Within(1e-5));
        return rows;
    }

    private static int[] Draw(RandomPurpose purpose, int[] pool, int count, int round)
    {
        if (count == pool.Length) return pool;
        int[] permutation = new Permutation(pool.Length).Draw(new RandomSequence(11, purpose, 0, round)).ToArray();
        return [.. permutation[..count].Select(i => pool[i])];
    }

    private static double Kernel(float[] a, float[] b)
    {
        double product = a.Zip(b, (x, y) => (double)x * y).Sum();
        return Math.Exp(-Math.Max(0, 2 - (2 * product)) / (2 * 0.3 * 0.3)) + product + 1;
    }

    // Gauss and Jordan, with pivots.
    private static double[] Solve(double[][] a, double[] b)
    {
        for (int i = 0; i < b.Length; i++)
        {
            int pivot = Enumerable.Range(i, b.Length - i).MaxBy(row => Math.Abs(a[row][i]));
            (a[i], a[pivot], b[i], b[pivot]) = (a[pivot], a[i], b[pivot], b[i]);
            for (int row = 0; row < b.Length; row++)
            {
                if (row == i) continue;
                double factor = a[row][i] / a[i][i];
                for (int j = i; j < b.Length; j++) a[row][j] -= factor * a[i][j];
                b[row] -= factor * b[i];
            }
        }

        return [.. b.Select((value, i) => value / a[i][i])];
    }

    private static double Auc(float[] scores)
    {
        double pairs = 0, count = 0;
        for (int i = 0; i < Samples; i++)
        {
            for (int j = 0; j < Samples; j++)
            {
                if (!s_data.Labels![i] || s_data.Labels[j]) continue;
                pairs += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                count++;
            }
        }

        return pairs / count;
    }

    private static Dataset Cluster()
    {
        var random = new System.Random(4);
        bool[] labels = [.. Enumerable.Range(0, Samples).Select(i => i % 10 == 3)];
        float[] values = [.. labels.SelectMany(isAnomaly => Enumerable.Range(0, Features).Select(
            j => (float)(random.NextDouble() + random.NextDouble() + (isAnomaly ? j : j / 2.0))))];
        return new Dataset("cluster", values, Samples, Features, labels);
    }
}
