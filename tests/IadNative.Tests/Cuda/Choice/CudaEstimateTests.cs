using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Networks;

namespace IadNative.Tests.Cuda.Choice;

/// <summary>What is counted of a session is what it does.</summary>
internal sealed class CudaEstimateTests
{
    private static readonly CudaDeviceSummary s_gpu = new(0, "Some GPU", 9, 0, 1L << 36, 132);

    private static readonly DriverCall[] s_nodes = [DriverCall.Launch, DriverCall.Multiply, DriverCall.Clear, DriverCall.CopyOnDevice];

    [TestCaseSource(nameof(Models))]
    public void As_many_nodes_are_counted_as_an_epoch_records(BaseModel model)
    {
        Plan plan = SmallPlans.Of(model);
        var driver = new FaultyDriver(new MemoryDriver());
        using ISession session = new CudaDevice(driver).CreateSession(plan, SmallPlans.Session);
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        int before = driver.Calls.Count;
        session.Train(new EpochRange(0, 1, 1), null, CancellationToken.None);
        DriverCall[] calls = [.. driver.Calls.Skip(before)];
        int recorded = calls.Take(Array.LastIndexOf(calls, DriverCall.EndCapture)).Count(s_nodes.Contains);
        double steps = plan.Fit is null ? new BatchSchedule(10, 4).Count : 1;
        Assert.That(recorded, Is.Positive);
        double counted = steps * CudaEstimate.NodesPerStep(new DeviceWork(plan, SmallPlans.Session, 1, 1), s_gpu);
        Assert.That(counted, Is.EqualTo((double)recorded).Within(1e-9));
    }

    [TestCase("svdd", 18)]
    [TestCase("svdd-soft", 19)]
    [TestCase("ae", 32)]
    [TestCase("maf", 105)]
    public void A_step_of_36_features_has_as_many_nodes_as_the_estimate_was_made_for(string name, int expected)
    {
        var model = BaseModel.Parse(name);
        int[] rows = [.. Enumerable.Range(0, 64_000)];
        var spec = new SessionSpec
        {
            Data = new float[rows.Length * 36],
            Scaler = new FeatureScaler(new float[36], [.. Enumerable.Repeat(1f, 36)]),
            Replicas = [new ReplicaSpec(0, 0, rows)],
            BatchSize = 128,
            LearningRate = 1e-3,
        };
        Plan plan = model.WritePlan(name == "maf" ? new NetworkSpec(32, 32) : new NetworkSpec(32, 16, 8), 36, epochs: 20);
        Assert.That(Math.Floor(CudaEstimate.NodesPerStep(new DeviceWork(plan, spec, 1, 1), s_gpu)), Is.EqualTo(expected));
    }

    private static IEnumerable<BaseModel> Models => BaseModel.All.Where(model => SmallPlans.Of(model) is { } plan && (plan.Step.Count > 0 || plan.Fit is not null));
}
