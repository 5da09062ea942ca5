using System.Text.Json;
using IadNative.Cli;
using IadNative.Cuda;
using IadNative.Detectors;
using IadNative.Tests.Cuda;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cli;

/// <summary>What <c>--device</c> does where CUDA is missing, broken, or there.</summary>
internal sealed class DeviceTests
{
    private static readonly CudaReport s_oneDevice = new([], [new CudaDeviceSummary(0, "Some GPU", 9, 0, 1L << 33, 100)], null);

    private TestFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TestFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("auto", "auto")]
    [TestCase("cpu", "cpu")]
    [TestCase("cuda", "cuda")]
    [TestCase("cuda:0", "cuda")]
    [TestCase("cuda:3", "cuda:3")]
    public void Devices_are_read_and_written_alike(string text, string written) =>
        Assert.That(DeviceChoice.Parse(text).ToString(), Is.EqualTo(written));

    [TestCase("gpu")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:x")]
    [TestCase("CPU")]
    public void What_is_no_device_is_refused(string text)
    {
        CliRun run = CliRun.Of("fit", "data.csv", "--device", text);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain($"'{text}' is no device"));
    }

    [Test]
    public void Without_a_gpu_auto_trains_on_the_cpu_and_says_so_in_one_line()
    {
        CliRun run = CliRun.Of(Fit());
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("No CUDA device: training on the CPU").And.Not.Contain("warning"));
        Assert.That(run.Out, Does.Contain("CPU, "));
    }

    [Test]
    public void A_fit_that_the_cpu_is_estimated_to_finish_first_opens_no_gpu_and_says_so_in_one_line()
    {
        var gpu = new CudaAccess(() => s_oneDevice, (_, _) => throw new InvalidOperationException("It was opened."));
        CliRun run = CliRun.Of(gpu, Fit());
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Match(@"Training on the CPU: about \d\.\d s on (one thread|\d+ threads) of the CPU, \d\.\d s on Some GPU\r?\n"));
        Assert.That(run.Err, Does.Not.Contain("warning"));
        Assert.That(run.Out, Does.Contain("CPU, "));
    }

    [Test]
    public void A_gpu_whose_libraries_are_missing_is_warned_of()
    {
        var halfInstalled = new CudaAccess(() => s_oneDevice with { Problem = "cuBLAS was not found." }, CliRun.NoCuda.Open);
        CliRun run = CliRun.Of(halfInstalled, Fit());
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("warning: Some GPU cannot be used").And.Contain("cuBLAS was not found."));
    }

    [Test]
    public void A_driver_that_does_not_start_is_warned_of()
    {
        var broken = new CudaAccess(() => new CudaReport([], [], "The driver does not start.", DriverFails: true), CliRun.NoCuda.Open);
        CliRun run = CliRun.Of(broken, Fit());
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("warning: CUDA cannot be used").And.Contain("The driver does not start."));
    }

    [Test]
    public void Cuda_by_name_fails_where_there_is_none()
    {
        CliRun run = CliRun.Of(Fit("--device", "cuda"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Err, Does.Contain("error: There is no CUDA here."));
    }

    [Test]
    public void Info_says_why_there_is_no_cuda_or_what_there_is()
    {
        Assert.That(CliRun.Of("info").Out, Does.Match(@"cuda\s+unavailable: no driver"));
        CliRun run = CliRun.Of(new CudaAccess(() => s_oneDevice, CliRun.NoCuda.Open), "info", "--json", "-");
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.That(json.RootElement.GetProperty("cuda").GetString(), Is.EqualTo("available"));
        Assert.That(
            json.RootElement.GetProperty("cudaDevices")[0].GetString(),
            Is.EqualTo("cuda:0 Some GPU, compute capability 9.0, 8192 MiB, 100 multiprocessors, 48 KiB of shared memory a block"));
    }

    [Test]
    [Category("Emulator")]
    public void The_whole_job_runs_on_an_emulated_device_and_agrees_with_the_cpu()
    {
        ClangCompiler.IgnoreIfMissing();
        var options = new List<CudaOptions>();
        var emulated = new CudaAccess(() => s_oneDevice, (_, given) =>
        {
            options.Add(given);
            return new CudaDevice(new EmulatedCudaDriver(new EmulatorOptions()), ownsDriver: true);
        });
        string model = _folder.File("model.iad"), report = _folder.File("report.json");
        CliRun run = CliRun.Of(emulated, Fit("--device", "cuda", "--seeds", "2", "--tf32", "--out", model, "--json", report));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(options.Single().AllowTf32, Is.True);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(report));
        Assert.That(json.RootElement.GetProperty("device").GetString(), Does.StartWith("CUDA, Emulated"));
        double[] cuda = Aucs(json);
        string cpuReport = _folder.File("cpu.json");
        Assert.That(CliRun.Of(Fit("--device", "cpu", "--seeds", "2", "--json", cpuReport)).Code, Is.Zero);
        using JsonDocument cpuJson = JsonDocument.Parse(File.ReadAllText(cpuReport));
        double[] cpu = Aucs(cpuJson);
        for (int i = 0; i < cpu.Length; i++) Assert.That(cuda[i], Is.EqualTo(cpu[i]).Within(0.02));
        Assert.That(CliRun.Of("score", model, _folder.WriteCsv(), "--label", "label").Code, Is.Zero);
        Assert.That(AnomalyDetector.Load(model).Options.Device, Is.Null);
    }

    [Test]
    [Category("Emulator")]
    public void A_gpu_by_name_that_computes_something_else_trains_nothing()
    {
        ClangCompiler.IgnoreIfMissing();
        var wrong = new CudaAccess(() => s_oneDevice, (_, _) => new CudaDevice(
            new FaultyDriver(new EmulatedCudaDriver(new EmulatorOptions())) { LosesProducts = true }, ownsDriver: true).Tested());
        CliRun run = CliRun.Of(wrong, Fit("--device", "cuda"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Err, Does.Contain("fails the self-test: a score is"));
    }

    private static double[] Aucs(JsonDocument json) =>
        [.. json.RootElement.GetProperty("base").GetProperty("auc").GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];

    private string[] Fit(params string[] more) =>
        ["fit", _folder.WriteCsv(), "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "2", "--network", "4-2", "--batch", "32", .. more];
}
