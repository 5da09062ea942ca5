using IadNative.Cuda;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>The test that a device passes before anything trains on it.</summary>
[Category("Emulator")]
internal sealed class CudaSelfTestTests
{
    [OneTimeSetUp]
    public void NeedCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void A_device_that_computes_what_the_cpu_does_passes_by_all_kinds_of_calls()
    {
        FaultyDriver driver = Driver();
        using CudaDevice device = new CudaDevice(driver, ownsDriver: true).Tested();
        Assert.That(driver.Calls, Is.SupersetOf(new[]
        {
            DriverCall.LoadFiles, DriverCall.Launch, DriverCall.Multiply, DriverCall.BeginCapture, DriverCall.EndCapture, DriverCall.Replay,
        }));
    }

    [Test]
    public void A_call_that_fails_is_said()
    {
        int first = Passing().Calls.IndexOf(DriverCall.Replay);
        var device = new CudaDevice(new FaultyDriver(new EmulatedCudaDriver(new EmulatorOptions())) { FaultAt = first }, ownsDriver: true);
        Assert.That(() => device.Tested(), Throws.InstanceOf<CudaException>().With.Message.Contains("illegal address").IgnoreCase);
    }

    [Test]
    public void A_device_whose_products_are_wrong_fails()
    {
        var device = new CudaDevice(
            new FaultyDriver(new EmulatedCudaDriver(new EmulatorOptions())) { LosesProducts = true }, ownsDriver: true);
        Assert.That(() => device.Tested(), Throws.TypeOf<CudaUnavailableException>().With.Message.Contains("fails the self-test: a score is"));
    }

    [Test]
    public void A_device_whose_fused_epochs_are_wrong_goes_without_them_and_says_so()
    {
        var warnings = new List<string>();
        using CudaDevice device = new CudaDevice(
            new FaultyDriver(new EmulatedCudaDriver(new EmulatorOptions())) { LosesLaunchesOf = "chain_epoch" }, ownsDriver: true)
            .Tested(warnings.Add);
        Assert.That(warnings.Single(), Does.Contain("trains without them: a score is"));
        Assert.That(device.UseFusion, Is.False);
    }

    [Test]
    public void A_device_that_is_told_to_go_without_fused_epochs_still_does_so()
    {
        using CudaDevice device = new CudaDevice(Driver(), ownsDriver: true) { UseFusion = false }.Tested();
        Assert.That(device.UseFusion, Is.False);
    }

    private static FaultyDriver Passing()
    {
        FaultyDriver driver = Driver();
        new CudaDevice(driver, ownsDriver: true).Tested().Dispose();
        return driver;
    }

    private static FaultyDriver Driver() => new(new EmulatedCudaDriver(new EmulatorOptions()));
}
