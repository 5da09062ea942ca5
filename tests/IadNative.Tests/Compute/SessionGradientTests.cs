using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Operations;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute;

/// <summary>
/// The device contract: gradients, losses, parameters, moments, statistics, radii and the scores that follow agree with the
/// twin's.
/// </summary>
internal sealed class SessionGradientTests
{
    private static readonly ConcurrentDictionary<(Problem, int, EpochRange), TwinPair> _twins = [];

    private static readonly ModelKind[] s_imageLosses = [ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction, ModelKind.SigmoidReconstruction, ModelKind.Discriminative, ModelKind.Subspace, ModelKind.JointSubspace, ModelKind.Ordinal];

    // An epoch of one batch, so that the twin needs no order; every shape with every loss.
    private static readonly Problem[] s_oneBatch =
    [
        .. from shape in new (int Samples, int Features, string Widths, string Options, int Replicas)[]
           {
               (2, 1, "1", "", 1), (2, 37, "3-1", "bias", 1), (3, 5, "8-3", "no batch norm", 3), (31, 2, "17-8", "affine", 1),
               (33, 36, "3-3", "bias", 3), (127, 37, "33-17-8", "", 1), (257, 5, "17-1", "no batch norm bias", 1),
               (257, 36, "32-16-8", "affine", 3), (128, 2, "8", "bias", 1),
           }
           from loss in Enum.GetValues<ModelKind>()
           // A code of one number has no direction but its sign, and all that draws at it is zero but for rounding.
           where loss is not (ModelKind.Subspace or ModelKind.JointSubspace) || !shape.Widths.EndsWith("-1", StringComparison.Ordinal)
           // Pulls of one size through a code of one number are sums of equal terms, whose rounding is the same in every naive order.
           where loss != ModelKind.Ordinal || shape.Widths != "17-1"
           select new Problem(Network(shape.Widths, shape.Options), shape.Features, shape.Samples, loss, shape.Replicas),
        .. from shape in new (int Samples, string Network, string Options, int Replicas)[]
           {
               (5, "2x2-conv1-2", "", 1), (3, "8x4-conv4-conv8-6-3", "", 3), (17, "4x12-conv5-conv3-2", "affine", 1),
               (31, "4x8-conv3-conv2-5", "no batch norm bias", 1), (33, "12x8-conv2-conv6-5", "bias", 3),
               (64, "6x6-conv9-7-2", "affine bias", 1), (129, "4x4-conv8-conv4-3", "", 1),
           }
           from loss in s_imageLosses
           select Images(shape.Network, shape.Options, shape.Samples, loss, shape.Replicas),
    ];

    // Several epochs of several batches: a last batch of one that joins the one before, a partial last batch, whole batches.
    private static readonly Problem[] s_manyBatches =
    [
        .. from loss in Enum.GetValues<ModelKind>()
           from shape in new (int Samples, int BatchSize, int Features, string Widths, string Options, int Replicas)[]
           {
               (257, 32, 36, "17-8", "", 3), (130, 50, 5, "8-3", "affine", 1), (128, 32, 37, "33-17-3", "no batch norm bias", 1),
           }
           // Steps ten times as long carry rounding further than naive runs tell, in as many as eighteen.
           where loss != ModelKind.Subspace || shape.Samples < 257
           select new Problem(
               Network(shape.Widths, shape.Options), shape.Features, shape.Samples, loss, shape.Replicas, shape.BatchSize),
        .. from loss in s_imageLosses
           select Images("8x4-conv3-conv2-5", "affine bias", samples: 34, loss, replicas: 1, batchSize: 11),
    ];

    // Three batches an epoch, the last of them partial.
    private static readonly Problem[] s_threeReplicas =
    [
        .. from loss in Enum.GetValues<ModelKind>()
           select new Problem(Network("17-8", "affine bias"), 5, 77, loss, replicas: 3, batchSize: 32),
        .. from loss in s_imageLosses select Images("4x8-conv3-conv2-6-5", "", samples: 21, loss, replicas: 3, batchSize: 9),
    ];

    // Two batches an epoch, through the features of the data that flows are fitted to, and the fewest.
    private static readonly Problem[] s_flows =
    [
        .. from features in new[] { 1, 2, 21, 36, 274 }
           from replicas in new[] { 1, 3 }
           select new Problem(Network("32-32", ""), features, 13, ModelKind.NegativeLogLikelihood, replicas, batchSize: 8),
    ];

    private static readonly ConcurrentDictionary<Problem, Problem[]> s_teacher = [];

    private static IEnumerable<TestCaseData> TeacherForced => Cases(s_threeReplicas);

    private static IEnumerable<TestCaseData> Flows => Cases(s_flows);

    private static IEnumerable<TestCaseData> OneBatch => Cases(s_oneBatch);

    private static IEnumerable<TestCaseData> ManyBatches => Cases(s_manyBatches);

    [TestCaseSource(nameof(OneBatch))]
    public void One_step_agrees_with_the_twin(IDevice device, Problem problem) =>
        Compare(device, problem, new EpochRange(Round: 1, First: 0, Count: 1));

    [TestCaseSource(nameof(ManyBatches))]
    public void Several_epochs_agree_with_the_twin_stepping_through_the_same_batches(IDevice device, Problem problem) =>
        Compare(device, problem, new EpochRange(Round: 1, First: 0, Count: 2));

    [TestCaseSource(nameof(Flows))]
    public void Flows_through_few_and_many_features_agree_with_the_twin(IDevice device, Problem problem) =>
        Compare(device, problem, new EpochRange(Round: 1, First: 0, Count: 1));

    [TestCaseSource(nameof(TeacherForced))]
    public void Each_epoch_from_the_state_of_the_cpu_agrees_with_the_twin(IDevice device, Problem problem)
    {
        Problem[] epochs = s_teacher.GetOrAdd(problem, StartsOfEpochs);
        for (int epoch = 0; epoch < epochs.Length; epoch++)
            Compare(device, epochs[epoch], new EpochRange(Round: 1, First: epoch, Count: 1));
    }

    // The problem as each of three epochs finds it: the first as it is, the others with what the CPU made of it by then.
    private static Problem[] StartsOfEpochs(Problem problem)
    {
        using ISession session = problem.Start(new CpuDevice(threads: 1));
        Problem[] starts = new Problem[3];
        for (int epoch = 0; epoch < starts.Length; epoch++)
        {
            ReplicaState[] states = [.. problem.States.Select(_ => new ReplicaState(problem.Plan))];
            for (int replica = 0; replica < states.Length; replica++) session.Export(replica, states[replica]);
            starts[epoch] = problem.From(states);
            session.Train(new EpochRange(Round: 1, First: epoch, Count: 1), null, CancellationToken.None);
        }

        return starts;
    }

    private static void Compare(IDevice device, Problem problem, EpochRange epochs)
    {
        using ISession session = problem.Start(device);
        session.Train(epochs, null, CancellationToken.None);
        session.Score();
        float[] scores = new float[problem.Samples];
        float[] gradient = new float[problem.Plan.Parameters.Length];
        var state = new ReplicaState(problem.Plan);
        for (int replica = 0; replica < problem.States.Length; replica++)
        {
            TwinPair twin = TwinOf(problem, replica, epochs);
            session.ReadGradient(replica, gradient);
            session.Export(replica, state);
            TensorLayout parameters = problem.Plan.Parameters, statistics = problem.Plan.Statistics;
            if (epochs.Count == 1) twin.Check(parameters, gradient, run => run.Gradient, run => run.Gradient, "gradient of ");
            twin.Check(parameters, state.Parameters, run => run.State.Parameters, run => run.State.Parameters, "");
            twin.Check(parameters, state.FirstMoment, run => run.State.FirstMoment, run => run.State.FirstMoment, "m of ");
            twin.Check(parameters, state.SecondMoment, run => run.State.SecondMoment, run => run.State.SecondMoment, "v of ");
            for (int set = problem.Plan.MomentStride; set < state.FirstMoment.Length; set += problem.Plan.MomentStride)
            {
                Range rest = set..(set + parameters.Length);
                Tolerance.Check(
                    state.FirstMoment.AsSpan(rest), twin.Exact.Twin.State.FirstMoment.AsSpan(rest),
                    [.. twin.Naive.Select(run => run.Twin.State.FirstMoment[rest])], "m of another set");
                Tolerance.Check(
                    state.SecondMoment.AsSpan(rest), twin.Exact.Twin.State.SecondMoment.AsSpan(rest),
                    [.. twin.Naive.Select(run => run.Twin.State.SecondMoment[rest])], "v of another set");
            }

            twin.Check(statistics, state.Statistics, run => run.State.Statistics, run => run.State.Statistics, "");
            Tolerance.Check(
                state.State, twin.Exact.Twin.State.State, [.. twin.Naive.Select(run => run.Twin.State.State)], "state");
            session.ReadScores(replica, scores);
            Tolerance.Check(scores, twin.Exact.Scores, [.. twin.Naive.Select(run => run.Scores)], "score");
            TrainingOutcome outcome = session.Outcome(replica);
            Tolerance.Check(
                [(float)outcome.Loss], [twin.Exact.Loss], [.. twin.Naive.Select(run => new[] { run.Loss })], "loss");
            Assert.That(outcome.FailedEpoch, Is.Null);
            Assert.That(state.Steps, Is.EqualTo(twin.Exact.Twin.State.Steps));
            Assert.That(state.Center, Is.EqualTo(problem.States[replica].Center));
        }
    }

    private static TwinPair TwinOf(Problem problem, int replica, EpochRange epochs) =>
        _twins.GetOrAdd((problem, replica, epochs), _ => TwinPair.Of(problem, replica, epochs));

    private static Problem Images(
        string network, string options, int samples, ModelKind loss, int replicas, int batchSize = int.MaxValue)
    {
        NetworkSpec spec = Network(network, options);
        return new Problem(spec, spec.Image!.Value.Pixels, samples, loss, replicas, batchSize);
    }

    private static NetworkSpec Network(string shape, string options) => NetworkSpec.Parse(shape) with
    {
        BatchNorm = !options.Contains("no batch norm", StringComparison.Ordinal),
        Affine = options.Contains("affine", StringComparison.Ordinal),
        Bias = options.Contains("bias", StringComparison.Ordinal),
    };

    private static IEnumerable<TestCaseData> Cases(Problem[] problems) => OnAll(problems).Concat(OnFused(problems));

    // Sums over two samples have one order, so that naive runs do not tell what rounding leaves of a gradient of zero, such as a bias has
    // that the normalisation of the next layer takes back.
    private static IEnumerable<TestCaseData> OnFused(Problem[] problems) =>
        from problem in problems
        where problem.Samples > 2 && Devices.IsFused(problem.Plan, problem.Spec)
        from device in Devices.Fused
        select Devices.Case(device, problem);

    private static IEnumerable<TestCaseData> OnAll(Problem[] problems) =>
        from device in Devices.All
        from problem in problems
        where Devices.CategoryOf(device) != "Emulator" || !IsLarge(problem)
        let data = Devices.Case(device, problem, isQuick: problem.Samples <= 5)
        select IsLarge(problem) || problem.Plan.Features > 100 ? data.SetCategory("Slow") : data;

    // The emulated device takes seconds for convolutions of more samples.
    private static bool IsLarge(Problem problem) =>
        problem.Samples > 21 && problem.Plan.Step.Any(operation => operation is ConvForward);
}
