using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The kernels of a Gaussian's fit, one after the other, and what they make of the replicas.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class GaussianKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const int NaiveFits = 6;

    public static readonly KernelExercise Exercise = new("gaussian.cu", driver => Fit(driver, features: 67, samples: 71, replicas: 2));

    [Test]
    public void A_fit_is_that_of_the_formulas([Values(1, 2, 31, 33, 65)] int features, [Values(2, 33, 127)] int samples, [Values(1, 3)] int replicas) =>
        Fit(Bench.Driver, features, samples, replicas);

    [Test]
    public void More_rows_than_a_chunk_holds_are_summed_chunk_after_chunk([Values(66, 67, 300)] int samples) =>
        Fit(Bench.Driver, features: 3, samples, replicas: 2, chunkBytes: 1);

    [Test]
    public void More_features_than_a_block_has_threads_or_warps_are_factored() => Fit(Bench.Driver, features: 131, samples: 40, replicas: 1);

    private static void Fit(ICudaDriver driver, int features, int samples, int replicas, long chunkBytes = 1 << 20)
    {
        GaussianProblem problem = new(features, samples, replicas, rows: Math.Max(2, samples - replicas));
        using ISession session = problem.Trained(new CudaDevice(driver) { IsolateBuffers = true, ChunkBytes = chunkBytes });
        var state = new ReplicaState(problem.Plan);
        for (int replica = 0; replica < replicas; replica++)
        {
            string what = $"{samples} x {features}, replica {replica} of {replicas}";
            (TwinInterpreter<double> exact, double loss) = problem.Twin<double>(replica);
            (TwinInterpreter<float> Twin, float Loss)[] naive =
                [.. Enumerable.Range(0, NaiveFits).Select(order => problem.Twin<float>(replica, order))];
            session.Export(replica, state);
            Tolerance.Check(
                state.Parameters, exact.State.Parameters, [.. naive.Select(fit => fit.Twin.State.Parameters)], $"factor, {what}");
            Tolerance.Check(state.State, exact.State.State, [.. naive.Select(fit => fit.Twin.State.State)], $"mean and center, {what}");
            Tolerance.Check(
                [(float)session.Outcome(replica).Loss], [loss], [.. naive.Select(fit => new[] { fit.Loss })], $"loss, {what}");
            Assert.That(session.Outcome(replica).FailedEpoch, Is.Null);
        }
    }
}
