using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Networks;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute;

/// <summary>The closed-form fit of a Gaussian on every device, against the formulas in float64.</summary>
[TestFixtureSource(typeof(Devices), nameof(Devices.Fixtures))]
internal sealed class GaussianFitTests(IDevice device)
{
    private const int NaiveFits = 6;

    [Test]
    public void Mean_factor_scores_and_loss_are_those_of_the_formulas(
        [Values(1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 70)] int features, [Values(2, 5, 67, 300)] int samples, [Values(1, 3)] int replicas)
    {
        GaussianProblem problem = new(features, samples, replicas);
        using ISession session = problem.Trained(device);
        for (int replica = 0; replica < replicas; replica++)
        {
            (TwinInterpreter<double> exact, double loss) = problem.Twin<double>(replica);
            (TwinInterpreter<float> Twin, float Loss)[] naive = [.. Enumerable.Range(0, NaiveFits).Select(order => problem.Twin<float>(replica, order))];
            var state = new ReplicaState(problem.Plan);
            session.Export(replica, state);
            Tolerance.Check(state.Parameters, exact.State.Parameters, [.. naive.Select(fit => fit.Twin.State.Parameters)], "factor");
            Tolerance.Check(state.State, exact.State.State, [.. naive.Select(fit => fit.Twin.State.State)], "mean and center");
            TrainingOutcome outcome = session.Outcome(replica);
            Assert.That(outcome.FailedEpoch, Is.Null);
            Tolerance.Check([(float)outcome.Loss], [loss], [.. naive.Select(fit => new[] { fit.Loss })], "loss");
            float[] scores = new float[samples];
            session.ReadScores(replica, scores);
            Tolerance.Check(scores, exact.Score(problem.AllRows), [.. naive.Select(fit => fit.Twin.Score(problem.AllRows))], "score");
        }
    }

    [Test]
    public void Rows_that_weigh_nothing_and_features_without_variance_are_fitted_with()
    {
        // Only one row weighs anything: its distance is zero, that of the others large and finite.
        GaussianProblem problem = new(5, 40, 1);
        problem.Weights[0].AsSpan().Clear();
        problem.Weights[0][7] = 1;
        AssertFinite(problem, scores => Assert.That(scores[7], Is.LessThanOrEqualTo(scores.Min()).And.LessThan(0.01 * scores.Max())));

        // A feature without variance, and one that is another one's copy.
        problem = new GaussianProblem(5, 40, 1);
        float[] data = problem.Spec.Data.Array!;
        for (int row = 0; row < 40; row++)
        {
            data[(row * 5) + 1] = 3;
            data[(row * 5) + 4] = data[row * 5];
        }

        AssertFinite(problem, scores => Assert.That(scores.Distinct().Count(), Is.GreaterThan(35)));

        // Nothing varies.
        problem = new GaussianProblem(3, 10, 1);
        problem.Spec.Data.Array.AsSpan().Fill(2);
        AssertFinite(problem, scores => Assert.That(scores.Distinct().Count(), Is.EqualTo(1)));

        // Fewer rows than features.
        AssertFinite(new GaussianProblem(40, 6, 1), scores => Assert.That(scores.Min(), Is.GreaterThan(0)));
    }

    [Test]
    public void Weights_that_are_all_zero_and_numbers_that_are_not_finite_fail_and_leave_other_replicas_alone([Values] bool weights)
    {
        GaussianProblem problem = new(9, 50, 2);
        if (weights) problem.Weights[1].AsSpan().Clear();
        else problem.Weights[1][3] = float.NaN;
        using ISession session = problem.Trained(device);
        Assert.That((session.Outcome(0).FailedEpoch, session.Outcome(1).FailedEpoch), Is.EqualTo(((int?)null, (int?)0)));
        Assert.That((double.IsFinite(session.Outcome(0).Loss), double.IsFinite(session.Outcome(1).Loss)), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_replica_fits_its_own_rows_alone()
    {
        GaussianProblem problem = new(6, 80, 2, rows: 50);
        using ISession session = problem.Trained(device);
        var state = new ReplicaState(problem.Plan);
        for (int replica = 0; replica < 2; replica++)
        {
            session.Export(replica, state);
            TwinInterpreter<double> exact = problem.Twin<double>(replica).Twin;
            TwinInterpreter<float>[] naive = [.. Enumerable.Range(0, NaiveFits).Select(order => problem.Twin<float>(replica, order).Twin)];
            Tolerance.Check(state.Parameters, exact.State.Parameters, [.. naive.Select(fit => fit.State.Parameters)], "factor");
        }
    }

    [Test]
    public void Columns_of_a_replica_give_the_bits_of_data_that_were_cut_to_them()
    {
        GaussianProblem problem = new(9, 80, 2, rows: 50);
        for (int row = 0; row < 80; row++) problem.Spec.Data.Array![(row * 9) + 4] = float.NaN; // that nobody sees
        Plan plan = BaseModel.Gaussian.WritePlan(NetworkSpec.None, 4, 1);
        int[][] columns = [[7, 0, 3, 5], [2, 8, 1, 6]];
        SessionSpec wide = problem.Spec with { Replicas = [.. problem.Spec.Replicas.Zip(columns, (replica, own) => replica with { Columns = own })] };
        using ISession session = GaussianProblem.Trained(device, plan, wide, problem.Weights);
        float[] scores = new float[80], alone = new float[80];
        for (int replica = 0; replica < 2; replica++)
        {
            using ISession cut = GaussianProblem.Trained(device, plan, wide.Cut(wide.Replicas[replica]), [problem.Weights[replica]]);
            session.ReadScores(replica, scores);
            cut.ReadScores(0, alone);
            Assert.That(scores, Is.All.Matches<float>(float.IsFinite), "no other column is looked at");
            Assert.That(double.IsFinite(session.Outcome(replica).Loss), Is.True);
            if (Devices.CategoryOf(device) == "Gpu") continue; // whose products of matrices depend on the number of replicas
            Assert.That(scores, Is.EqualTo(alone));
            Assert.That(session.Outcome(replica).Loss, Is.EqualTo(cut.Outcome(0).Loss));
        }
    }

    private void AssertFinite(GaussianProblem problem, Action<float[]> check)
    {
        using ISession session = problem.Trained(device);
        Assert.That(session.Outcome(0).FailedEpoch, Is.Null);
        float[] scores = new float[problem.AllRows.Length];
        session.ReadScores(0, scores);
        Assert.That(scores, Is.All.Matches<float>(float.IsFinite));
        check(scores);
    }
}

/// <summary>What holds of the fit on the CPU alone.</summary>
internal sealed class CpuGaussianFitTests
{
    [TestCase(70, 3000)]
    [TestCase(200, 700)]
    [TestCase(131, 2500)]
    public void The_bits_do_not_depend_on_threads(int features, int samples)
    {
        GaussianProblem problem = new(features, samples, 1);
        ReplicaState[] states = [.. new[] { 1, 2, 3, 7 }.Select(threads =>
        {
            using ISession session = problem.Trained(new CpuDevice(threads));
            var state = new ReplicaState(problem.Plan);
            session.Export(0, state);
            return state;
        })];
        foreach (ReplicaState state in states)
        {
            Assert.That(state.Parameters.AsSpan().SequenceEqual(states[0].Parameters), Is.True);
            Assert.That(state.State.AsSpan().SequenceEqual(states[0].State), Is.True);
        }
    }

    // Blocks of the factor and stripes of the inverse, whole and cut short; batches of rows, too.
    [TestCase(129, 600)]
    [TestCase(257, 1300)]
    public void The_covariance_is_exact_to_five_digits(int features, int samples)
    {
        GaussianProblem problem = new(features, samples, 1);
        using ISession session = problem.Trained(new CpuDevice(2));
        var state = new ReplicaState(problem.Plan);
        session.Export(0, state);
        TwinInterpreter<double> exact = problem.Twin<double>(0).Twin;
        double largest = exact.State.Parameters.Max(Math.Abs);
        for (int i = 0; i < state.Parameters.Length; i++)
            Assert.That(state.Parameters[i], Is.EqualTo(exact.State.Parameters[i]).Within(1e-5 * largest));
    }

    // With λ at its least, mean and covariance are the most likely ones but for the ridge, which 1/1000 of the variance makes small.
    [Test]
    public void No_other_mean_or_covariance_is_more_likely()
    {
        const int features = 3, samples = 4000;
        GaussianProblem problem = new(features, samples, 1);
        using ISession session = problem.Trained(new CpuDevice(1));
        var state = new ReplicaState(problem.Plan);
        session.Export(0, state);
        TwinInterpreter<double> twin = problem.Twin<double>(0).Twin;
        twin.Score(problem.AllRows);
        double[] x = twin[((GaussianFit)problem.Plan.Fit!).Gather.Output];
        double[] factor = [.. state.Parameters.Select(value => (double)value)], mean = [.. state.State[..features].Select(value => (double)value)];
        double best = Likelihood(factor, mean);
        for (int j = 0; j < features; j++)
        {
            foreach (double step in (double[])[-0.05, 0.05])
            {
                double[] moved = [.. mean];
                moved[j] += step;
                Assert.That(Likelihood(factor, moved), Is.LessThan(best));
                for (int i = j; i < features; i++)
                {
                    double[] turned = [.. factor];
                    turned[(i * features) + j] += step;
                    Assert.That(Likelihood(turned, mean), Is.LessThan(best), $"{i}, {j}, {step}");
                }
            }
        }

        // Mean weighted log-likelihood, without its constant: log|L⁻¹| − ½‖L⁻¹(x − μ)‖².
        double Likelihood(double[] inverse, double[] center)
        {
            double sum = 0, weights = 0;
            for (int s = 0; s < samples; s++)
            {
                double weight = problem.Weights[0][s], distance = 0;
                for (int i = 0; i < features; i++)
                {
                    double whitened = 0;
                    for (int j = 0; j < features; j++) whitened += inverse[(i * features) + j] * (x[(s * features) + j] - center[j]);
                    distance += whitened * whitened;
                }

                sum += weight * distance;
                weights += weight;
            }

            return Enumerable.Range(0, features).Sum(i => Math.Log(Math.Abs(inverse[(i * features) + i]))) - (sum / weights / 2);
        }
    }

    [Test]
    public void A_network_is_refused_in_words() => Assert.That(
        () => BaseModel.Gaussian.WritePlan(new NetworkSpec(4, 2), 5, 1), Throws.ArgumentException.With.Message.Contains("has no network"));
}

/// <summary>A Gaussian to be fitted to random rows of dependent features.</summary>
internal sealed class GaussianProblem
{
    public GaussianProblem(int features, int samples, int replicas, int? rows = null)
    {
        var random = new System.Random(features + (1000 * samples));
        Plan = BaseModel.Gaussian.WritePlan(NetworkSpec.None, features, 1);
        float[] data = new float[samples * features];
        for (int s = 0; s < samples; s++)
        {
            float common = Problem.Gauss(random);
            for (int j = 0; j < features; j++) data[(s * features) + j] = 2 + (0.5f * common) + Problem.Gauss(random);
        }

        AllRows = [.. Enumerable.Range(0, samples)];
        Spec = new SessionSpec
        {
            Data = data,
            Scaler = new FeatureScaler(Problem.Values(features, () => 2 + (0.3f * Problem.Gauss(random))), Problem.Values(features, () => 0.5f + random.NextSingle())),
            Replicas = [.. Enumerable.Range(0, replicas).Select(r => new ReplicaSpec(7, r, rows is { } some ? [.. Enumerable.Range(0, some).Select(i => (r + some - 1 - i) % samples)] : AllRows))],
            BatchSize = 32,
            LearningRate = 1e-3,
        };
        Weights = [.. Spec.Replicas.Select(_ => Problem.Values(samples, () => 0.1f + (0.9f * random.NextSingle())))];
    }

    public Plan Plan { get; }

    public SessionSpec Spec { get; }

    public float[][] Weights { get; }

    public int[] AllRows { get; }

    /// <summary>A session that has fitted and scored all replicas.</summary>
    public ISession Trained(IDevice device) => Trained(device, Plan, Spec, Weights);

    /// <summary>A session that has fitted and scored all replicas of a plan and a spec.</summary>
    public static ISession Trained(IDevice device, Plan plan, SessionSpec spec, float[][] weights)
    {
        ISession session = device.CreateSession(plan, spec);
        session.Initialize(0);
        session.BeginRound();
        for (int replica = 0; replica < weights.Length; replica++) session.SetImportanceWeights(replica, weights[replica]);
        int done = 0;
        session.Train(new EpochRange(0, 0, 1), () => Interlocked.Increment(ref done), CancellationToken.None);
        Assert.That(done, Is.EqualTo(weights.Length));
        session.Score();
        return session;
    }

    /// <summary>The twin of a replica, fitted, and its loss.</summary>
    public (TwinInterpreter<T> Twin, T Loss) Twin<T>(int replica, int order = 0)
        where T : System.Numerics.IFloatingPointIeee754<T>
    {
        var twin = new TwinInterpreter<T>(Plan, Spec, new TwinState<T>(new ReplicaState(Plan))) { ImportanceWeights = Weights[replica] };
        T loss = TwinRun<T>.Train(twin, Plan, Spec, Spec.Replicas[replica], new EpochRange(0, 0, 1), order);
        return (twin, loss);
    }
}
