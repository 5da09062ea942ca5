using IadNative.Cuda;
using IadNative.Models;

namespace IadNative.Tests.Cuda;

/// <summary>A session loads the kernel files that its plan needs, and no others.</summary>
public sealed class KernelsOfPlanTests
{
    private static readonly string[] s_always =
        ["adam.cu", "epoch.cu", "fold.cu", "gather.cu", "initialize.cu", "linear.cu", "loss.cu", "sort.cu"];

    private static readonly TestCaseData[] s_cases =
    [
        new(BaseModel.OneClassSvdd, (string[])["batchnorm.cu", "center.cu"]),
        new(BaseModel.SoftBoundarySvdd, (string[])["batchnorm.cu", "center.cu", "radius.cu"]),
        new(BaseModel.Autoencoder, (string[])["batchnorm.cu"]),
        new(BaseModel.MaskedAutoregressiveFlow, (string[])["flownorm.cu", "made.cu"]),
    ];

    private static readonly TestCaseData[] s_fused =
    [
        new(BaseModel.OneClassSvdd, "fused/chain_epoch.cu", (string[])["center.cu"]),
        new(BaseModel.SoftBoundarySvdd, "fused/chain_epoch.cu", (string[])["center.cu"]),
        new(BaseModel.Autoencoder, "fused/chain_epoch.cu", (string[])[]),
        new(BaseModel.MaskedAutoregressiveFlow, "fused/flow_epoch.cu", (string[])["flownorm.cu", "made.cu"]),
    ];

    [TestCaseSource(nameof(s_cases))]
    public void A_session_loads_what_its_plan_needs(BaseModel model, string[] own)
    {
        using var driver = new MemoryDriver();
        using var session = new CudaDevice(driver) { UseFusion = false }.CreateSession(SmallPlans.Of(model), SmallPlans.Session);
        Assert.That(driver.LoadedFiles, Is.EquivalentTo(s_always.Concat(own)));
    }

    [TestCaseSource(nameof(s_fused))]
    public void A_session_with_fused_epochs_loads_one_file_for_all_that_a_step_has(BaseModel model, string file, string[] own)
    {
        using var driver = new MemoryDriver();
        using var session = new CudaDevice(driver).CreateSession(SmallPlans.Of(model), SmallPlans.Session);
        Assert.That(driver.LoadedFiles, Is.EquivalentTo(s_always.Except(["adam.cu"]).Concat(own).Append(file)));
    }

    [Test]
    public void A_plan_without_steps_needs_neither_adam_nor_a_shuffle()
    {
        using var driver = new MemoryDriver();
        using var session = new CudaDevice(driver).CreateSession(SmallPlans.Of(BaseModel.Gaussian), SmallPlans.Session);
        Assert.That(driver.LoadedFiles, Is.EquivalentTo(s_always.Except(["adam.cu", "sort.cu"]).Append("gaussian.cu")));
    }

    [Test]
    public void Sessions_of_a_device_load_each_file_once_and_none_before_they_start()
    {
        using var driver = new FaultyDriver(new MemoryDriver());
        var device = new CudaDevice(driver);
        Assert.That(driver.Calls, Is.Empty);
        foreach (BaseModel model in (BaseModel[])[BaseModel.OneClassSvdd, BaseModel.OneClassSvdd, BaseModel.MaskedAutoregressiveFlow])
            device.CreateSession(SmallPlans.Of(model), SmallPlans.Session).Dispose();
        Assert.That(driver.Calls.Count(call => call == DriverCall.LoadFiles), Is.EqualTo(2));

        // Files load side by side, and before anything is allocated that they could leave behind.
        Assert.That(driver.Calls.IndexOf(DriverCall.LoadFiles), Is.LessThan(driver.Calls.IndexOf(DriverCall.Allocate)));
    }
}
