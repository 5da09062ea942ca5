using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Tests.Compute;

/// <summary>The devices on which every test of the device contract runs.</summary>
internal static class Devices
{
    public static IReadOnlyList<IDevice> All { get; } =
    [
        new CpuDevice(threads: 2),
        new LanesDevice<Lanes512>(),
        new LanesDevice<Lanes256>(),
        new LanesDevice<Lanes128>(),
        new LanesDevice<Lanes1>(),
    ];

    // The CPU engine on vectors of one width, whatever this machine would choose; the runtime emulates what it lacks.
    private sealed class LanesDevice<T> : IDevice
        where T : struct, ILanes<T>
    {
        public string Description => $"CPU, {typeof(T).Name}";

        public ISession CreateSession(Plan plan, SessionSpec spec) => new CpuSession<T>(plan, spec, threads: 1);

        public override string ToString() => Description;
    }
}
