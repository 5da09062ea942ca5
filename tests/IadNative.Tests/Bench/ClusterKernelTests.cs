using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Bench;

/// <summary>Networks that clusters of blocks train, beside the twin.</summary>
[Category("Emulator")]
internal sealed class ClusterKernelTests
{
    private static readonly EpochRange s_epoch = new(Round: 1, First: 0, Count: 1);

    // The network of the tables in full; batches with a smaller last one, which some blocks have no sample of, and one that a single sample
    // joins; layers with and without normalisation, biases, scales; weights of importance, and none.
    private static readonly Problem[] s_problems =
    [
        .. from loss in new[] { ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction }
           from shape in new (int Samples, int BatchSize, int Features, string Widths, string Options, int Replicas)[]
           {
               (141, 128, 36, "32-16-8", "", 1), (77, 32, 36, "17-8", "affine bias", 3), (65, 32, 5, "9-6-3", "no batch norm bias", 1),
               (33, 33, 37, "4", "unweighted", 1), (67, 32, 5, "8-3", "unweighted affine", 3), (40, 16, 5, "3", "no batch norm", 1),
           }
           select Of(loss, shape.Samples, shape.BatchSize, shape.Features, shape.Widths, shape.Options, shape.Replicas),
    ];

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void An_epoch_agrees_with_the_twin_and_leaves_the_same_bits_on_other_schedules(
        [ValueSource(nameof(s_problems))] Problem problem, [Values(2, 4)] int blocks)
    {
        EmulatorOptions options = EmulatorOptions.Numbers with { SameOn = [.. EmulatorOptions.Schedules(EmulatorMode.Fast).Skip(1)] };
        Trained[] trained = Train(problem, blocks, options);
        TensorLayout parameters = problem.Plan.Parameters;
        for (int replica = 0; replica < trained.Length; replica++)
        {
            TwinPair twin = TwinPair.Of(problem, replica, s_epoch);
            (ReplicaState state, float[] gradient, double loss) = trained[replica];
            twin.Check(parameters, gradient, run => run.Gradient, run => run.Gradient, "gradient of ");
            twin.Check(parameters, state.Parameters, run => run.State.Parameters, run => run.State.Parameters, "");
            twin.Check(parameters, state.FirstMoment, run => run.State.FirstMoment, run => run.State.FirstMoment, "m of ");
            twin.Check(parameters, state.SecondMoment, run => run.State.SecondMoment, run => run.State.SecondMoment, "v of ");
            twin.Check(problem.Plan.Statistics, state.Statistics, run => run.State.Statistics, run => run.State.Statistics, "");
            Tolerance.Check(state.State, twin.Exact.Twin.State.State, [.. twin.Naive.Select(run => run.Twin.State.State)], "state");
            Tolerance.Check([(float)loss], [twin.Exact.Loss], [.. twin.Naive.Select(run => new[] { run.Loss })], "loss");
            Assert.That(state.Steps, Is.EqualTo(twin.Exact.Twin.State.Steps));
        }
    }

    [Test]
    public void A_network_among_others_is_trained_as_by_itself()
    {
        Problem problem = s_problems.First(one => one.States.Length == 3);
        Trained[] together = Train(problem, 2, EmulatorOptions.Numbers);
        for (int replica = 0; replica < together.Length; replica++)
        {
            Trained alone = Train(problem.Alone(replica), 2, EmulatorOptions.Numbers).Single();
            Assert.That(alone.State.Parameters, Is.EqualTo(together[replica].State.Parameters));
            Assert.That(alone.Gradient, Is.EqualTo(together[replica].Gradient));
            Assert.That(alone.Loss, Is.EqualTo(together[replica].Loss));
        }
    }

    [Test, Category("Slow")]
    public void Every_access_is_in_order_on_three_schedules(
        [ValueSource(nameof(s_problems))] Problem problem, [Values(2, 4)] int blocks, [Range(0, 2)] int schedule) => Assert.That(
        Train(problem, blocks, EmulatorOptions.Schedules(EmulatorMode.Check)[schedule]).Select(trained => trained.Loss), Is.All.Positive);

    [Test]
    public void A_device_without_clusters_says_so()
    {
        using var driver = new EmulatedCudaDriver(new EmulatorOptions());
        Assert.That(
            () => new LabTraining(driver, s_problems[0].Plan, s_problems[0].Spec, LabRung.Cluster),
            Throws.InvalidOperationException.With.Message.Contains("no clusters"));
    }

    private static Trained[] Train(Problem problem, int blocks, EmulatorOptions options)
    {
        using var driver = new EmulatedCudaDriver(options with { ComputeMajor = 9 });
        using var training = new LabTraining(driver, problem.Plan, problem.Spec, LabRung.Cluster, isolateBuffers: true, blocks: blocks);
        for (int replica = 0; replica < problem.States.Length; replica++) training.Import(replica, problem.States[replica], problem.Weights[replica]);
        training.Train(s_epoch);
        return
        [
            .. problem.States.Select((_, replica) =>
            {
                var state = new ReplicaState(problem.Plan);
                float[] gradient = new float[problem.Plan.Parameters.Length];
                training.Export(replica, state);
                training.ReadGradient(replica, gradient);
                return new Trained(state, gradient, training.Loss(replica));
            }),
        ];
    }

    private static Problem Of(ModelKind loss, int samples, int batchSize, int features, string widths, string options, int replicas)
    {
        NetworkSpec network = NetworkSpec.Parse(widths) with
        {
            Bias = options.Contains("bias", StringComparison.Ordinal),
            BatchNorm = !options.Contains("no batch norm", StringComparison.Ordinal),
            Affine = options.Contains("affine", StringComparison.Ordinal),
        };
        var problem = new Problem(network, features, samples, loss, replicas, batchSize);
        if (options.Contains("unweighted", StringComparison.Ordinal))
        {
            foreach (float[] weights in problem.Weights) Array.Fill(weights, 1f);
        }

        return problem;
    }

    private sealed record Trained(ReplicaState State, float[] Gradient, double Loss);
}
