using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Cuda;
using IadNative.Cuda.Runtime;
using IadNative.Iad;
using IadNative.Tests.Cuda;
using IadNative.Tests.Emulator;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace IadNative.Tests.Compute;

/// <summary>The devices on which every test of the device contract runs.</summary>
internal static class Devices
{
    /// <summary>
    /// The CPU on every width of vectors; CUDA on the emulated driver, whose every launch gives the same bits on all schedules,
    /// on the one that checks each memory access, and on the real one.
    /// </summary>
    public static IReadOnlyList<IDevice> All { get; } =
    [
        new CpuDevice(threads: 2),
        new LanesDevice<Lanes512>(),
        new LanesDevice<Lanes256>(),
        new LanesDevice<Lanes128>(),
        new LanesDevice<Lanes1>(),
        new EmulatedDevice(EmulatorOptions.Numbers),
        new EmulatedDevice(EmulatorOptions.Races),
        new GpuDevice(),
    ];

    /// <summary>
    /// CUDA with whole epochs in one kernel, for the plans that have that (<see cref="IsFused"/>); <see cref="All"/> launches kernel by
    /// kernel.
    /// </summary>
    public static IReadOnlyList<IDevice> Fused { get; } =
    [
        new EmulatedDevice(EmulatorOptions.Numbers, isFused: true),
        new EmulatedDevice(EmulatorOptions.Races, isFused: true),
        new GpuDevice(isFused: true),
    ];

    /// <summary>Whether a device of <see cref="Fused"/> has one kernel for the epochs of a session.</summary>
    public static bool IsFused(Plan plan, SessionSpec spec)
    {
        using var driver = new MemoryDriver(1L << 30);
        using ISession session = new CudaDevice(driver).CreateSession(plan, spec);
        return ((CudaSession)session).Fused is not null;
    }

    /// <summary>The category of tests on a device; null where every machine has it.</summary>
    public static string? CategoryOf(IDevice device) => device switch
    {
        EmulatedDevice => "Emulator",
        GpuDevice => "Gpu",
        _ => null,
    };

    /// <summary>The emulated device on which numbers are proven.</summary>
    public static IDevice Emulated { get; } = All.OfType<EmulatedDevice>().First(device => !device.ChecksAccesses);

    /// <summary>All devices as arguments of fixtures.</summary>
    public static IEnumerable<TestFixtureData> Fixtures => All.Select(device =>
    {
        TestFixtureData fixture = new TestFixtureData(device).SetArgDisplayNames(device.ToString() ?? "");
        foreach (string category in CategoriesOf(device, isQuick: false)) fixture.Properties.Add(PropertyNames.Category, category);
        return fixture;
    });

    /// <summary>All devices as the only argument of test cases.</summary>
    public static IEnumerable<TestCaseData> Alone => All.Select(device =>
    {
        TestCaseData data = new TestCaseData(device).SetArgDisplayNames(device.ToString() ?? "");
        foreach (string category in CategoriesOf(device, isQuick: false)) data.SetCategory(category);
        return data;
    });

    /// <summary>A device as argument of a test case, with more arguments.</summary>
    /// <param name="device">The device.</param>
    /// <param name="argument">The other argument.</param>
    /// <param name="isQuick">Whether the case is small enough for the default tier on the emulated device, too.</param>
    public static TestCaseData Case(IDevice device, object argument, bool isQuick = false)
    {
        TestCaseData data = new TestCaseData(device, argument).SetArgDisplayNames(device.ToString() ?? "", argument.ToString() ?? "");
        foreach (string category in CategoriesOf(device, isQuick)) data.SetCategory(category);
        return data;
    }

    private static IEnumerable<string> CategoriesOf(IDevice device, bool isQuick)
    {
        if (CategoryOf(device) is { } category) yield return category;
        if (device is EmulatedDevice emulated && (!isQuick || emulated.ChecksAccesses)) yield return "Slow";
    }

    // The CPU engine on vectors of one width, whatever this machine would choose; the runtime emulates what it lacks.
    private sealed class LanesDevice<T> : IDevice
        where T : struct, ILanes<T>
    {
        public string Description => $"CPU, {typeof(T).Name}";

        public ISession CreateSession(Plan plan, SessionSpec spec) => new CpuSession<T>(plan, spec, threads: 1);

        public override string ToString() => Description;
    }

    // A session on a driver of its own; the driver holds nothing but the session's memory.
    private sealed class EmulatedDevice(EmulatorOptions options, bool isFused = false) : IDevice, IRoundDevice
    {
        public bool ChecksAccesses => options.Mode == EmulatorMode.Check;

        public string Description => $"emulated CUDA{(isFused ? ", fused" : "")}{(ChecksAccesses ? ", each access checked" : "")}";

        public ISession CreateSession(Plan plan, SessionSpec spec)
        {
            ClangCompiler.IgnoreIfMissing();
            return new CudaDevice(new EmulatedCudaDriver(options)) { IsolateBuffers = true, UseFusion = isFused }.CreateSession(plan, spec);
        }

        public IRounds CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);

        public bool HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds) => true;

        public override string ToString() => Description;
    }

    private sealed class GpuDevice(bool isFused = false) : IDevice, IRoundDevice
    {
        private readonly Lazy<CudaDevice> _device = new(() => CudaDevice.Open(0, new CudaOptions { UseFusion = isFused }));

        public string Description => isFused ? "CUDA, fused" : "CUDA";

        public ISession CreateSession(Plan plan, SessionSpec spec) => OpenOrIgnore().CreateSession(plan, spec);

        public IRounds CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);

        public bool HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds) =>
            ((IRoundDevice)OpenOrIgnore()).HasRoom(sessions, rounds);

        public override string ToString() => Description;

        private CudaDevice OpenOrIgnore()
        {
            try
            {
                return _device.Value;
            }
            catch (CudaUnavailableException e)
            {
                Assert.Ignore(e.Message);
                throw;
            }
        }
    }
}
