using IadNative.Bench.Gpu;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Iad;

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

    /// <summary>Microseconds of steps that were not fused (bench/results/h200-2026-11.md). The CPU wins where the device is overrated.</summary>
    [TestCase("svdd", 1, 68.1)]
    [TestCase("svdd", 50, 64.8)]
    [TestCase("maf36", 1, 363.7)]
    [TestCase("maf36", 50, 434.5)]
    [TestCase("lenet", 1, 174.5)]
    [TestCase("lenet", 50, 2967.6)]
    public void Steps_are_not_estimated_much_shorter_than_an_H200_took(string name, int replicas, double measured)
    {
        GpuWorkload workload = GpuWorkloads.All.Single(one => one.Name == name);
        var h200 = new CudaDeviceSummary(0, "H200", 9, 0, 141L << 30, 132) { SharedBytes = 48 << 10, ClockHertz = 1.98e9, BytesPerSecond = 4.8e12 };
        double seconds = CudaEstimate.Seconds([new DeviceWork(workload.Plan, workload.Session(replicas), Epochs: 1, Scorings: 0)], h200);
        double estimated = 1e6 * seconds / workload.Steps;
        TestContext.Out.WriteLine($"{estimated:F1} us");
        Assert.That(estimated / measured, Is.InRange(0.9, 1.6));
    }

    private static IEnumerable<BaseModel> Models => BaseModel.All.Where(model => SmallPlans.Of(model) is { } plan && (plan.Step.Count > 0 || plan.Fit is not null));
}
