using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute;

/// <summary>The device contract: what a session keeps apart, carries over, reports and repeats.</summary>
[TestFixtureSource(typeof(Devices), nameof(Devices.Fixtures))]
internal sealed class SessionContractTests(IDevice device)
{
    private static readonly EpochRange s_twoEpochs = new(Round: 0, First: 0, Count: 2);

    [Test]
    public void A_sample_of_weight_zero_moves_the_batch_statistics_but_not_the_loss(
        [Values(ModelKind.OneClass, ModelKind.Reconstruction, ModelKind.NegativeLogLikelihood)] ModelKind loss)
    {
        var problem = new Problem(new NetworkSpec(8, 3), 5, 31, loss);
        Array.Clear(problem.Weights[0], 0, 30);
        using ISession session = Start(problem);
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        ReplicaState weighted = Export(session, problem);

        TwinInterpreter<double> twin = problem.Twin<double>();
        twin.Train(problem.ForwardPass, problem.AllRows);
        double only = problem.Weights[0][30] * twin.Distances[30] / 31;
        Assert.That(session.Outcome(0).Loss, Is.EqualTo(only).Within(1e-5 * only));

        session.Import(0, problem.States[0]);
        session.SetImportanceWeights(0, Problem.Values(31, () => 1));
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        Assert.That(Export(session, problem).Statistics, Is.EqualTo(weighted.Statistics));
        Assert.That(weighted.Statistics, Is.Not.EqualTo(problem.States[0].Statistics));
    }

    [Test]
    public void Weights_all_zero_make_no_gradient(
        [Values(ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction, ModelKind.NegativeLogLikelihood,
            ModelKind.Discriminative, ModelKind.MinimalVolume)] ModelKind loss)
    {
        var problem = new Problem(new NetworkSpec(8, 3) { Bias = true, Affine = true }, 5, 31, loss);
        using ISession session = Start(problem);
        session.SetImportanceWeights(0, new float[31]);
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        float[] gradient = Problem.Values(problem.Plan.Parameters.Length, () => float.NaN);
        session.ReadGradient(0, gradient);
        Assert.That(gradient, Has.All.Zero);
        Assert.That(session.Outcome(0).Loss, Is.Zero);
    }

    [Test]
    public void Columns_of_a_replica_give_the_bits_of_data_that_were_cut_to_them([Values] ModelKind loss)
    {
        Problem wide = Several(loss, replicas: 3).AmongOthers();
        using ISession session = Start(wide);
        Run(session);
        for (int replica = 0; replica < 3; replica++)
        {
            Problem cut = wide.Cut(replica);
            using ISession alone = Start(cut);
            Run(alone);
            if (Devices.CategoryOf(device) == "Gpu") continue; // whose products of matrices depend on the number of networks
            (ReplicaState actual, ReplicaState expected) = (Export(session, wide, replica), Export(alone, cut));
            Assert.That(actual.Parameters, Is.EqualTo(expected.Parameters), "parameters");
            Assert.That(actual.Statistics, Is.EqualTo(expected.Statistics), "statistics");
            Assert.That(actual.State, Is.EqualTo(expected.State), "center and radius");
            Assert.That(session.Outcome(replica).Loss, Is.EqualTo(alone.Outcome(0).Loss), "loss");
            Assert.That(ScoresOf(session, wide, replica), Is.EqualTo(ScoresOf(alone, cut, 0)), "scores");
        }

        Assert.That(ScoresOf(session, wide, 0), Has.None.NaN, "no other column is looked at");

        static void Run(ISession own)
        {
            own.BeginRound();
            own.Train(s_twoEpochs, null, CancellationToken.None);
            own.Score();
        }

        static float[] ScoresOf(ISession own, Problem problem, int replica)
        {
            float[] scores = new float[problem.Samples];
            own.ReadScores(replica, scores);
            return scores;
        }
    }

    [Test]
    public void Columns_that_the_data_lack_or_too_many_of_them_are_refused()
    {
        Problem wide = Several(ModelKind.OneClass, replicas: 2).AmongOthers();
        Start(wide).Dispose();
        int[] columns = wide.Spec.Replicas[1].Columns!;
        foreach (int[]? bad in new int[]?[] { null, [.. columns, 0], columns[1..], [-1, .. columns[1..]], [wide.Spec.Width, .. columns[1..]] })
        {
            SessionSpec spec = wide.Spec with { Replicas = [wide.Spec.Replicas[0], wide.Spec.Replicas[1] with { Columns = bad }] };
            Assert.That(() => device.CreateSession(wide.Plan, spec), Throws.ArgumentException.With.Message.Contains("columns"));
        }
    }

    [Test]
    public void Replicas_that_share_importance_weights_train_as_with_their_own()
    {
        Problem problem = Several(ModelKind.OneClass, replicas: 3);
        float[] weights = problem.Weights[2];
        using ISession shared = Start(problem), own = Start(problem);
        shared.SetImportanceWeights(0, 3, weights);
        shared.SetImportanceWeights(1, problem.Weights[1]);
        own.SetImportanceWeights(0, weights);
        foreach (ISession session in new[] { shared, own }) session.Train(s_twoEpochs, null, CancellationToken.None);
        for (int replica = 0; replica < 3; replica++)
            Assert.That(Export(shared, problem, replica).Parameters, Is.EqualTo(Export(own, problem, replica).Parameters), $"replica {replica}");
    }

    [Test]
    public void The_radius_moves_only_from_its_epoch_on()
    {
        var problem = new Problem(new NetworkSpec(8, 3), 5, 31, ModelKind.SoftBoundary);
        using ISession session = Start(problem);
        session.Train(new EpochRange(0, First: 0, Count: ModelPlans.RadiusFrom), null, CancellationToken.None);
        Assert.That(Export(session, problem).Radius, Is.EqualTo(problem.States[0].Radius));
        session.Train(new EpochRange(0, First: ModelPlans.RadiusFrom, Count: 1), null, CancellationToken.None);
        Assert.That(Export(session, problem).Radius, Is.Not.EqualTo(problem.States[0].Radius).And.GreaterThan(0));
    }

    [Test]
    public void A_replica_trains_as_if_it_were_alone([Values] ModelKind loss)
    {
        foreach (Problem together in OfEachKind(loss, replicas: 3))
        {
            using ISession session = Start(together);
            session.Train(s_twoEpochs, null, CancellationToken.None);
            session.BeginRound();
            session.Score();
            for (int replica = 0; replica < 3; replica++)
            {
                Problem alone = together.Alone(replica);
                using ISession single = Start(alone);
                single.Train(s_twoEpochs, null, CancellationToken.None);
                single.BeginRound();
                single.Score();
                if (Devices.CategoryOf(device) == "Gpu")
                {
                    // cuBLAS may sum in another order for another number of replicas.
                    float[] expected = Export(single, alone).Parameters;
                    Assert.That(Export(session, together, replica).Parameters, Is.EqualTo(expected).Within(1e-4));
                    continue;
                }

                AssertSame(Export(session, together, replica), Export(single, alone));
                Assert.That(Scores(session, together, replica), Is.EqualTo(Scores(single, alone)));
            }
        }
    }

    [Test]
    public void Training_again_from_the_same_state_gives_the_same_bits([Values] ModelKind loss)
    {
        foreach (Problem problem in OfEachKind(loss, replicas: 1))
        {
            using ISession session = Start(problem);
            session.Train(s_twoEpochs, null, CancellationToken.None);
            ReplicaState first = Export(session, problem);
            session.Import(0, problem.States[0]);
            session.Train(s_twoEpochs, null, CancellationToken.None);
            AssertSame(Export(session, problem), first);
        }
    }

    [Test]
    public void An_exported_state_resumes_exactly([Values] ModelKind loss)
    {
        foreach (Problem problem in OfEachKind(loss, replicas: 1))
        {
            using ISession session = Start(problem);
            session.Train(new EpochRange(0, First: 0, Count: 1), null, CancellationToken.None);
            ReplicaState halfway = Export(session, problem);
            session.Train(new EpochRange(0, First: 1, Count: 1), null, CancellationToken.None);

            using ISession resumed = Start(problem);
            resumed.Import(0, halfway);
            resumed.Train(new EpochRange(0, First: 1, Count: 1), null, CancellationToken.None);
            AssertSame(Export(resumed, problem), Export(session, problem));
        }
    }

    [Test]
    public void Epochs_and_rounds_shuffle_differently()
    {
        Problem problem = Several(ModelKind.OneClass, replicas: 1);
        float[][] results =
        [
            .. new[] { new EpochRange(0, 0, 1), new EpochRange(0, 1, 1), new EpochRange(1, 0, 1) }.Select(epochs =>
            {
                using ISession session = Start(problem);
                session.Train(epochs, null, CancellationToken.None);
                return Export(session, problem).Parameters;
            }),
        ];
        Assert.That(results[0], Is.Not.EqualTo(results[1]));
        Assert.That(results[0], Is.Not.EqualTo(results[2]));
    }

    [Test]
    public void A_replica_whose_loss_is_not_finite_stops_and_says_when_and_the_others_go_on([Values] ModelKind loss)
    {
        Problem problem = Several(loss, replicas: 3);
        using ISession session = Start(problem);
        float[] weights = [.. problem.Weights[1]];
        weights[5] = float.NaN;
        session.SetImportanceWeights(1, weights);
        var epochs = new ConcurrentQueue<int>();
        session.Train(new EpochRange(0, First: 4, Count: 3), () => epochs.Enqueue(0), CancellationToken.None);
        Assert.That(session.Outcome(1).FailedEpoch, Is.EqualTo(4));
        Assert.That(session.Outcome(1).Loss, Is.NaN);
        Assert.That(new[] { 0, 2 }.Select(replica => session.Outcome(replica).FailedEpoch), Has.All.Null);
        // A device whose replicas share every launch computes the failed one along, and counts that.
        Assert.That(epochs, Has.Count.EqualTo(device is IRoundDevice ? 3 + 3 + 3 : 1 + 3 + 3));
        ReplicaState other = Export(session, problem, 2);
        Assert.That(other.Steps, Is.EqualTo(3 + (3 * 3)));
        Assert.That(other.Parameters, Has.None.NaN);
    }

    [Test]
    public void Masked_parameters_and_their_moments_stay_zero_under_weight_decay(
        [Values] MadeDegrees degrees, [Values(1, 5, 36)] int features)
    {
        var problem = new Problem(
            new NetworkSpec(8, 7), features, 70, ModelKind.NegativeLogLikelihood, batchSize: 32, degrees: degrees);
        Assert.That(problem.Spec.WeightDecay, Is.Positive);
        ReplicaState fresh = NetworkInitializer.Fresh(problem.Plan, 3, member: 0, round: 0);
        using ISession session = Start(problem);
        session.Import(0, fresh);
        session.Train(s_twoEpochs, null, CancellationToken.None);
        ReplicaState state = Export(session, problem);
        float[] gradient = new float[state.Parameters.Length];
        session.ReadGradient(0, gradient);
        float[] mask = problem.Plan.Parameters.ToMask();
        int moved = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            if (state.Parameters[i] != fresh.Parameters[i]) moved++;
            if (mask[i] != 0) continue;
            Assert.That((fresh.Parameters[i], gradient[i], state.FirstMoment[i], state.SecondMoment[i], state.Parameters[i]),
                Is.EqualTo((0f, 0f, 0f, 0f, 0f)), $"entry {i}");
        }

        Assert.That(moved, Is.GreaterThan(mask.Count(present => present != 0) / 2));
        Assert.That(mask, Has.Some.Zero);
    }

    [Test]
    public void A_deactivated_replica_no_longer_counts_and_changes_nothing_for_the_others()
    {
        Problem problem = Several(ModelKind.OneClass, replicas: 2);
        using ISession both = Start(problem), session = Start(problem);
        session.Deactivate(0);
        int epochs = 0;
        foreach (ISession each in new[] { both, session })
        {
            epochs = 0;
            each.Train(s_twoEpochs, () => Interlocked.Increment(ref epochs), CancellationToken.None);
            each.BeginRound();
            each.Score();
        }

        Assert.That(epochs, Is.EqualTo(s_twoEpochs.Count));
        AssertSame(Export(session, problem, 1), Export(both, problem, 1));
        Assert.That(Scores(session, problem, 1), Is.EqualTo(Scores(both, problem, 1)));
    }

    [Test]
    public void A_cancelled_training_throws()
    {
        Problem problem = Several(ModelKind.OneClass, replicas: 2);
        using ISession session = Start(problem);
        using var cancellation = new CancellationTokenSource();
        Assert.That(
            () => session.Train(new EpochRange(0, 0, 1000), cancellation.Cancel, cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Export(session, problem).Steps, Is.LessThan(1000));
    }

    [Test]
    public void Scores_agree_with_the_twin_on_running_statistics(
        [Values] ModelKind loss, [Values("1", "17-8", "33-17-3")] string widths, [Values(1, 37)] int features,
        [Values("batch norm", "affine", "bias")] string options)
    {
        var network = new NetworkSpec([.. NetworkSpec.Parse(widths).Widths])
        {
            Affine = options == "affine",
            Bias = options == "bias",
        };
        var problem = new Problem(network, features, 131, loss);
        using ISession session = Start(problem);
        session.Score();
        double[] exact = problem.Twin<double>().Score(problem.AllRows);
        Tolerance.Check(Scores(session, problem), exact, [problem.Twin<float>().Score(problem.AllRows)], "score");
    }

    [Test]
    public void A_center_is_the_mean_output_over_the_replicas_own_rows_kept_away_from_zero()
    {
        Problem problem = Several(ModelKind.OneClass, replicas: 2);
        int[] rows = [.. Enumerable.Range(0, problem.Samples).Where(row => row % 3 != 0)];
        problem = problem.On(rows);
        using ISession session = Start(problem);
        session.BeginRound();
        int width = problem.Plan.Output.Width, small = 0;
        for (int replica = 0; replica < 2; replica++)
        {
            TwinInterpreter<double> twin = problem.Twin<double>(replica);
            twin.Score(rows);
            double[] outputs = twin[problem.Plan.Output];
            float[] center = Export(session, problem, replica).Center;
            for (int j = 0; j < width; j++)
            {
                double mean = Enumerable.Range(0, rows.Length).Average(s => outputs[(s * width) + j]);
                bool kept = Math.Abs(mean) >= 0.1;
                if (!kept) small++;
                Assert.That(center[j], Is.EqualTo(kept ? mean : Math.CopySign(0.1f, mean)).Within(1e-5), $"component {j}");
            }
        }

        Assert.That(small, Is.InRange(1, (2 * width) - 1), "components of both kinds");
    }

    [Test]
    public void A_center_of_nothing_but_zeros_becomes_a_tenth()
    {
        Problem problem = Several(ModelKind.OneClass, replicas: 1);
        Array.Clear(problem.States[0].Parameters);
        using ISession session = Start(problem);
        session.BeginRound();
        Assert.That(Export(session, problem).Center, Has.All.EqualTo(0.1f));
    }

    // Three batches per epoch, the last of them partial.
    private static Problem Several(ModelKind loss, int replicas) => new(new NetworkSpec(17, 8), 5, 77, loss, replicas, batchSize: 32);

    // The same with convolutions too, where the loss goes with them.
    private static IEnumerable<Problem> OfEachKind(ModelKind loss, int replicas)
    {
        yield return Several(loss, replicas);
        if (loss is ModelKind.NegativeLogLikelihood or ModelKind.MinimalVolume) yield break;
        yield return new Problem(NetworkSpec.Parse("8x4-conv2-conv3-6-3"), 32, 23, loss, replicas, batchSize: 9);
    }

    private ISession Start(Problem problem) => problem.Start(device);

    private static ReplicaState Export(ISession session, Problem problem, int replica = 0)
    {
        var state = new ReplicaState(problem.Plan);
        session.Export(replica, state);
        return state;
    }

    private static float[] Scores(ISession session, Problem problem, int replica = 0)
    {
        float[] scores = Problem.Values(problem.Samples, () => float.NaN);
        session.ReadScores(replica, scores);
        return scores;
    }

    private static void AssertSame(ReplicaState actual, ReplicaState expected)
    {
        Assert.That(actual.Parameters, Is.EqualTo(expected.Parameters).And.None.NaN);
        Assert.That(actual.FirstMoment, Is.EqualTo(expected.FirstMoment));
        Assert.That(actual.SecondMoment, Is.EqualTo(expected.SecondMoment));
        Assert.That(actual.Statistics, Is.EqualTo(expected.Statistics));
        Assert.That(actual.State, Is.EqualTo(expected.State));
        Assert.That(actual.Steps, Is.EqualTo(expected.Steps));
    }
}
