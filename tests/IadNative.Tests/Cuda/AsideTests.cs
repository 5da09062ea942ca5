using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>
/// Products that stand aside in a step give the same bits in their turn, the earliest, and where they are joined, the latest; a step in which
/// something else reads or writes what is theirs does not.
/// </summary>
[Category("Emulator")]
internal sealed class AsideTests
{
    private static readonly Problem s_small = new(new NetworkSpec(6, 4), 5, 8, ModelKind.OneClass, replicas: 2, batchSize: 3);

    // Batches of 3, 3 and 2 samples.
    private static IEnumerable<Problem> Problems => Problem.OfEachKind(8, replicas: 2, batchSize: 3);

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void A_step_of_any_model_gives_the_same_bits_however_late_products_aside_run(
        [ValueSource(nameof(Problems))] Problem problem, [Values] bool useGraphs)
    {
        int aside = 0;
        (ReplicaState State, float[] Gradient)[] early = Train(problem, runsAsideLate: false, useGraphs, driver => new FaultyDriver(driver)
        {
            Multiplies = (inner, product) =>
            {
                if (product.IsAside) aside++;
                inner.Multiply(product);
            },
        });
        AssertSame(Train(problem, runsAsideLate: true, useGraphs, driver => driver), early);
        Assert.That(aside, Is.Positive);
    }

    [Test]
    public void A_product_aside_that_the_step_goes_on_with_is_noticed() => AssertDifferent(
        (driver, product) => driver.Multiply(product with { IsAside = true }));

    [Test]
    public void A_write_to_what_a_product_aside_reads_is_noticed() => AssertDifferent((driver, product) =>
    {
        driver.Multiply(product);
        if (product.IsAside) driver.Clear(product.A, sizeof(float));
    });

    [Test]
    public void A_read_of_what_a_product_aside_writes_is_noticed() => AssertDifferent((driver, product) =>
    {
        driver.Multiply(product);
        if (product.IsAside) driver.CopyOnDevice(product.A, product.C, sizeof(float));
    });

    [Test]
    public void A_step_that_joins_nothing_is_noticed([Values] bool useGraphs) => Assert.That(
        () => Train(s_small, runsAsideLate: true, useGraphs, driver => new FaultyDriver(driver) { LosesJoins = true }),
        Throws.TypeOf<CudaException>().With.Message.Contains("are not joined"));

    private static void AssertDifferent(Action<ICudaDriver, MatrixProduct> multiplies)
    {
        (ReplicaState State, float[] Gradient)[][] runs = [.. new[] { false, true }.Select(isLate =>
            Train(s_small, isLate, useGraphs: true, driver => new FaultyDriver(driver) { Multiplies = multiplies }))];
        Assert.That(() => AssertSame(runs[1], runs[0]), Throws.TypeOf<AssertionException>());
    }

    private static void AssertSame((ReplicaState State, float[] Gradient)[] found, (ReplicaState State, float[] Gradient)[] expected)
    {
        foreach (((ReplicaState one, float[] gradient), (ReplicaState other, float[] expectedGradient)) in found.Zip(expected))
        {
            Assert.That(gradient, Is.EqualTo(expectedGradient));
            Assert.That(one.Parameters, Is.EqualTo(other.Parameters));
            Assert.That(one.FirstMoment, Is.EqualTo(other.FirstMoment));
            Assert.That(one.SecondMoment, Is.EqualTo(other.SecondMoment));
            Assert.That(one.Statistics, Is.EqualTo(other.Statistics));
            Assert.That(one.State, Is.EqualTo(other.State));
        }
    }

    private static (ReplicaState State, float[] Gradient)[] Train(Problem problem, bool runsAsideLate, bool useGraphs, Func<ICudaDriver, ICudaDriver> around)
    {
        using ICudaDriver driver = around(new EmulatedCudaDriver(new EmulatorOptions { RunsAsideLate = runsAsideLate }));
        using ISession session = problem.Start(new CudaDevice(driver) { UseGraphs = useGraphs, UseFusion = false, IsolateBuffers = true });
        session.Train(new EpochRange(Round: 1, First: 0, Count: 2), null, CancellationToken.None);
        return
        [
            .. problem.States.Select((_, replica) =>
            {
                var state = new ReplicaState(problem.Plan);
                float[] gradient = new float[problem.Plan.Parameters.Length];
                session.Export(replica, state);
                ((CudaSession)session).ReadGradient(replica, gradient);
                return (state, gradient);
            }),
        ];
    }
}
