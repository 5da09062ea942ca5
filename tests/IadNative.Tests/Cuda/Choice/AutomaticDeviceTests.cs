using System.Runtime.Intrinsics;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Networks;
using IadNative.Tests.Detectors;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Choice;

/// <summary>Which device takes a fit, and what is said about it.</summary>
internal sealed class AutomaticDeviceTests
{
    private const long Hours = 1_000_000_000;

    private static readonly CudaDeviceSummary s_gpu =
        new(0, "Some GPU", 9, 0, 1L << 36, 132) { ClockHertz = 1.98e9, BytesPerSecond = 3e12 };

    private static readonly RoundSpec s_rounds = new()
    {
        Families = [new FamilyScores(1, MemberScale.DivideByMedian)],
        Samples = 10,
        Labels = null,
        InverseTau = 4,
    };

    private readonly List<string> _said = [], _warned = [];
    private int _opened;

    [SetUp]
    public void Forget()
    {
        _said.Clear();
        _warned.Clear();
        _opened = 0;
    }

    [Test]
    public void A_short_fit_stays_on_the_cpu_and_the_device_closed()
    {
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), Memory);
        IDevice chosen = Choose(device, Work(epochs: 10));
        Assert.That(chosen, Is.TypeOf<CpuDevice>());
        Assert.That(((CpuDevice)chosen).Threads, Is.EqualTo(3));
        Assert.That(device.Description, Is.EqualTo(chosen.Description));
        Assert.That(_opened, Is.Zero);
        Assert.That(_said.Single(), Does.Match(@"^Training on the CPU: about \d\.\d s on 3 threads of the CPU, \d\.\d s on Some GPU$"));
        Assert.That(_warned, Is.Empty);
    }

    [Test]
    public void Much_work_for_many_networks_takes_the_device_which_is_opened_once()
    {
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), Memory);
        IDevice first = Choose(device, Work(Hours, replicas: 5000)), second = Choose(device, Work(Hours, replicas: 5000));
        Assert.That(first, Is.TypeOf<CudaDevice>().And.SameAs(second));
        Assert.That(device.Description, Is.EqualTo(first.Description));
        Assert.That(_opened, Is.EqualTo(1));
        Assert.That(_said, Has.Count.EqualTo(1), "what is the same is said once");
        Assert.That(_said[0], Does.Match(@"^Training on Some GPU: about \d+ h on 3 threads of the CPU, \d+ h on Some GPU$"));
        Assert.That(Choose(device, Work(epochs: 1)), Is.TypeOf<CpuDevice>(), "each fit on its own");
    }

    [Test]
    public void A_device_that_does_not_open_is_warned_of_once_and_the_cpu_trains()
    {
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), () => throw new CudaUnavailableException("NVRTC was not found."));
        for (int i = 0; i < 2; i++) Assert.That(Choose(device, Work(Hours, replicas: 5000)), Is.TypeOf<CpuDevice>());
        Assert.That(_opened, Is.EqualTo(1));
        Assert.That(_warned, Is.EqualTo(new[] { "Some GPU cannot be used, so training runs on the CPU: NVRTC was not found." }));
    }

    [Test]
    [Category("Emulator")]
    public void A_device_that_computes_something_else_is_warned_of_and_the_cpu_trains()
    {
        ClangCompiler.IgnoreIfMissing();
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), () => new CudaDevice(
            new FaultyDriver(new EmulatedCudaDriver(new EmulatorOptions())) { LosesProducts = true }, ownsDriver: true).Tested());
        Assert.That(Choose(device, Work(Hours, replicas: 5000)), Is.TypeOf<CpuDevice>());
        Assert.That(_warned.Single(), Does.StartWith("Some GPU cannot be used").And.Contain("fails the self-test: a score is"));
    }

    [Test]
    public void A_kernel_of_a_fit_that_does_not_load_is_warned_of_and_the_cpu_trains()
    {
        using AutomaticDevice device = Device(
            new CudaReport([], [s_gpu], null), () => new CudaDevice(new FaultyDriver(new MemoryDriver()) { FaultAt = 0 }, ownsDriver: true));
        for (int i = 0; i < 2; i++) Assert.That(Choose(device, Work(Hours, replicas: 5000)), Is.TypeOf<CpuDevice>());
        Assert.That(_opened, Is.EqualTo(1));
        Assert.That(_warned.Single(), Does.StartWith("Some GPU cannot be used, so training runs on the CPU: ").And.Contain("illegal address"));
    }

    [Test]
    public void A_fit_that_has_no_room_is_left_to_the_cpu_and_the_next_one_is_not()
    {
        using var driver = new MemoryDriver(1 << 26);
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), () => new CudaDevice(driver));
        DeviceWork[] work = Work(Hours, replicas: 5000), large = [work[0] with { Spec = work[0].Spec with { Data = new float[(1 << 24) / 3 * 3 + 300] } }];
        Assert.That(Choose(device, large), Is.TypeOf<CpuDevice>());
        Assert.That(_said[^1], Does.Match("^Training on the CPU all the same: one run takes [0-9,]+ bytes of memory, and Some GPU has 62,914,560 to spare$"));
        Assert.That(_warned, Is.Empty);
        Assert.That(Choose(device, work), Is.TypeOf<CudaDevice>());
        Assert.That(_opened, Is.EqualTo(1));
    }

    [Test]
    public void Kernels_of_rounds_are_loaded_for_a_device_that_does_them()
    {
        using var driver = new MemoryDriver(1 << 26);
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), () => new CudaDevice(driver));
        ((IDeviceChoice)device).ChooseFor(Work(Hours, replicas: 5000), null);
        Assert.That(driver.LoadedFiles, Does.Contain("fused/chain_epoch.cu").And.Not.Contain("termination.cu"));
    }

    [Test]
    public void Everything_is_loaded_before_a_fit_begins()
    {
        using var driver = new MemoryDriver(1 << 26);
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), () => new CudaDevice(driver));
        DeviceWork[] work = Work(Hours, replicas: 70_000);
        Choose(device, work);
        string[] loaded = [.. driver.LoadedFiles];
        Assert.That(loaded, Does.Contain("iad.cu").And.Contain("termination.cu").And.Contain("fused/chain_epoch.cu"));
        using ISession session = ((IDevice)device).CreateSession(work[0].Plan, SmallPlans.Session);
        using IRounds rounds = ((IRoundDevice)Choose(device, work)).CreateRounds(session, s_rounds);
        Assert.That(driver.LoadedFiles, Is.EqualTo(loaded));
    }

    [Test]
    public void What_the_driver_says_is_passed_on_without_opening_anything()
    {
        using AutomaticDevice halfInstalled = Device(new CudaReport([], [s_gpu], "cuBLAS was not found."), Memory);
        Assert.That(Choose(halfInstalled, Work(Hours, replicas: 5000)), Is.TypeOf<CpuDevice>());
        using AutomaticDevice broken = Device(new CudaReport([], [], "The driver does not start.", DriverFails: true), Memory);
        Assert.That(Choose(broken, Work(Hours, replicas: 5000)), Is.TypeOf<CpuDevice>());
        using AutomaticDevice none = Device(new CudaReport([], [], null), Memory);
        Assert.That(Choose(none, Work(Hours, replicas: 5000)), Is.TypeOf<CpuDevice>());
        Assert.That(_opened, Is.Zero);
        Assert.That(_warned, Is.EqualTo(new[]
        {
            "Some GPU cannot be used, so training runs on the CPU: cuBLAS was not found.",
            "CUDA cannot be used, so training runs on the CPU: The driver does not start.",
        }));
    }

    [Test]
    public void What_the_device_cannot_compute_the_cpu_trains_and_the_reason_is_said()
    {
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), Memory);
        DeviceWork[] work = Work(Hours, replicas: 5000);
        work[0] = work[0] with { Plan = work[0].Plan with { Step = [.. work[0].Plan.Step, new UnknownOperation()] } };
        Assert.That(Choose(device, work), Is.TypeOf<CpuDevice>());
        Assert.That(_said.Single(), Does.StartWith("Training on the CPU: The CUDA engine cannot compute UnknownOperation"));
    }

    [Test]
    public void More_networks_than_train_side_by_side_take_as_much_longer()
    {
        double most = CudaEstimate.Seconds(Work(epochs: 3, replicas: 65_535), s_gpu), more = CudaEstimate.Seconds(Work(epochs: 3, replicas: 131_070), s_gpu);
        Assert.That(more, Is.EqualTo(2 * most).Within(1e-9 * most));
    }

    [Test]
    public void Longer_vectors_speak_for_the_cpu()
    {
        // Of a step that is nearly all arithmetic, on vectors as long as the engine's, which Vector<T> need not be.
        Plan plan = BaseModel.OneClassSvdd.WritePlan(new NetworkSpec(1000, 1000), 1000, epochs: 2);
        double flops = 2.0 * 1024 * ((2 * 1000 * 1000) + (3 * 1000 * 1000));
        Assert.That(CpuDevice.VectorLength, Is.EqualTo(
            Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : Vector128.IsHardwareAccelerated ? 4 : 1));
        Assert.That(CpuEstimate.Step(plan, batch: 1024) * 10e9 * CpuDevice.VectorLength / flops, Is.InRange(1, 1.1));
    }

    [Test]
    public void More_threads_and_fewer_networks_speak_for_the_cpu()
    {
        DeviceWork[] many = Work(Hours, replicas: 1000), one = Work(Hours, replicas: 1);
        double lead = 0;
        foreach (int threads in new[] { 1, 4, 16, 64 })
        {
            double next = CpuEstimate.Seconds(many, threads);
            if (threads > 1) Assert.That(next < 0.3 * lead);
            lead = next;
        }

        double cuda = CudaEstimate.Seconds(many, s_gpu), alone = CudaEstimate.Seconds(one, s_gpu);
        Assert.That(cuda > alone && cuda < 1000 * alone);
    }

    [Test]
    public void Detectors_of_all_models_are_fitted_by_it_as_by_the_cpu([ValueSource(nameof(Models))] BaseModel model)
    {
        var options = new FitOptions { Model = model, Training = new TrainingOptions { Rounds = 1 }, Threads = 2 };
        using AutomaticDevice device = Device(new CudaReport([], [s_gpu], null), Memory);
        Dataset data = SyntheticData.Contaminated(n: 120);
        FitResult expected = AnomalyDetector.Fit(data, options), actual = AnomalyDetector.Fit(data, options with { Device = device });
        Assert.That(actual.DetectorScores, Is.EqualTo(expected.DetectorScores));
        Assert.That(actual.Device, Is.EqualTo(expected.Device));
        Assert.That(_said, Has.Count.EqualTo(1));
    }

    private static IReadOnlyList<BaseModel> Models => BaseModel.All;

    private static CudaDevice Memory() => new(new MemoryDriver(), ownsDriver: true);

    private AutomaticDevice Device(CudaReport report, Func<CudaDevice> open) => new(
        report,
        () =>
        {
            _opened++;
            return open();
        },
        threads: 3, _said.Add, _warned.Add);

    private static IDevice Choose(AutomaticDevice device, DeviceWork[] work) => ((IDeviceChoice)device).ChooseFor(work, s_rounds);

    private static DeviceWork[] Work(long epochs, int replicas = 1)
    {
        SessionSpec spec = SmallPlans.Session;
        return
        [
            new DeviceWork(
                SmallPlans.Of(BaseModel.Autoencoder), spec with { Replicas = [.. Enumerable.Repeat(spec.Replicas[0], replicas)] }, epochs, Scorings: 1),
        ];
    }

    private sealed record UnknownOperation : PlanOperation
    {
        public override IEnumerable<Activation> Writes => [];
    }
}
