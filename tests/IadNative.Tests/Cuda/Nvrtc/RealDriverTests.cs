using IadNative.Bench.Gpu;
using IadNative.Cli;
using IadNative.Cuda;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>What every program says with NVIDIA's own driver on a machine without a device.</summary>
[Category("Nvrtc")]
[NonParallelizable]
internal sealed class RealDriverTests
{
    private const string NoDevice = "CUDA_ERROR_NO_DEVICE", Advice = "Check that nvidia-smi lists a device and that CUDA_VISIBLE_DEVICES does not hide it.";

    private CudaOptions _options = null!;
    private CudaAccess _cuda = null!;
    private TestFolder _folder = null!;

    [OneTimeSetUp]
    public void FindDriver()
    {
        string folder = NvidiaTools.DriverOrIgnore();
        _options = new CudaOptions { LibraryPath = folder };
        _cuda = new CudaAccess(() => CudaProbe.Run(_options), (index, options) => CudaDevice.Open(index, options with { LibraryPath = folder }));
        if (_cuda.Probe().Devices.Count > 0) Assert.Ignore("This machine has a device.");
    }

    [SetUp]
    public void MakeFolder() => _folder = new TestFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Info_says_what_was_found_and_what_to_do()
    {
        string report = _folder.File("info.json");
        CliRun run = CliRun.Of(_cuda, "info", "--json", report);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(File.ReadAllText(report), Does.Contain(NoDevice).And.Contain(_options.LibraryPath).And.Contain(Advice));
    }

    [Test]
    public void A_fit_on_any_device_trains_on_the_cpu_and_says_so_without_a_warning()
    {
        CliRun run = CliRun.Of(_cuda, Fit("auto"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("No CUDA device: training on the CPU").And.Not.Contain("warning"));
        Assert.That(run.Out, Does.Contain("CPU, "));
    }

    [Test]
    public void A_fit_on_cuda_by_name_fails_and_says_what_to_do()
    {
        CliRun run = CliRun.Of(_cuda, Fit("cuda"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Err, Does.StartWith("error: ").And.Contain(NoDevice).And.Contain(Advice));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public void The_benchmark_fails_and_says_what_to_do()
    {
        TextWriter before = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            Assert.That(GpuCommand.Run(["--only", "svdd"], _options), Is.EqualTo(1));
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.That(error.ToString(), Does.Contain(NoDevice).And.Contain(Advice));
    }

    private string[] Fit(string device) =>
        ["fit", _folder.WriteCsv(), "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "1", "--network", "4-2", "--device", device];
}
