using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Fresh tensors, bit for bit those of the CPU.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class InitializeKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private static readonly (NetworkSpec Network, int Features, ModelKind Loss)[] s_plans =
    [
        (new NetworkSpec(5, 3, 2) { Bias = true, Affine = true }, 7, ModelKind.Reconstruction),
        (new NetworkSpec(33, 9), 31, ModelKind.OneClass),
        (new NetworkSpec(8, 6), 5, ModelKind.NegativeLogLikelihood),
        (NetworkSpec.Parse("4x4-conv2-conv3-5"), 16, ModelKind.Reconstruction),
        (new NetworkSpec(9, 5), 7, ModelKind.Subspace),
    ];

    public static readonly KernelExercise Exercise = new("initialize.cu", driver => Initialize(driver, s_plans[0], 3, replicas: 3));

    [Test]
    public void Every_tensor_starts_as_on_the_cpu([Range(0, 4)] int plan, [Values(0, 7, 65_535)] int round, [Values(1, 3)] int replicas) =>
        Initialize(Bench.Driver, s_plans[plan], round, replicas);

    [Test]
    public void An_identity_starts_as_on_the_cpu([Values(1, 7, 33)] int features)
    {
        GaussianProblem problem = new(features, 20, 2);
        using ISession session = new CudaDevice(Bench.Driver) { IsolateBuffers = true }.CreateSession(problem.Plan, problem.Spec);
        session.Initialize(3);
        var state = new ReplicaState(problem.Plan);
        for (int replica = 0; replica < 2; replica++)
        {
            session.Export(replica, state);
            Blocks.AssertEqual(state.Parameters, NetworkInitializer.Fresh(problem.Plan, 7, replica, 3).Parameters, "parameters");
        }
    }

    private static void Initialize(
        ICudaDriver driver, (NetworkSpec Network, int Features, ModelKind Loss) network, int round, int replicas)
    {
        Plan plan = ModelPlans.Build(network.Network, network.Features, network.Loss);
        var problem = new Problem(network.Network, network.Features, 20, network.Loss, replicas: replicas);
        using ISession session = new CudaDevice(driver) { IsolateBuffers = true }.CreateSession(plan, problem.Spec);
        var state = new ReplicaState(plan);
        Array.Fill(state.Parameters, float.NaN);
        Array.Fill(state.Statistics, float.NaN);
        Array.Fill(state.FirstMoment, float.NaN);
        Array.Fill(state.SecondMoment, float.NaN);
        Array.Fill(state.State, float.NaN);
        state.Steps = 9;
        for (int replica = 0; replica < replicas; replica++) session.Import(replica, state);

        session.Initialize(round);
        for (int replica = 0; replica < replicas; replica++)
        {
            ReplicaSpec own = problem.Spec.Replicas[replica];
            ReplicaState expected = NetworkInitializer.Fresh(plan, own.Key, own.Member, round);
            session.Export(replica, state);
            Blocks.AssertEqual(state.Parameters, expected.Parameters, "parameters");
            Blocks.AssertEqual(state.Statistics, expected.Statistics, "statistics");
            Assert.That(state.FirstMoment.Concat(state.SecondMoment).Concat(state.State), Is.All.Zero);
            Assert.That(state.Steps, Is.Zero);
        }
    }
}
