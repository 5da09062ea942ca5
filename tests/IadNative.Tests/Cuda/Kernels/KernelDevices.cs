using IadNative.Cuda;
using IadNative.Cuda.Runtime;
using IadNative.Tests.Emulator;
using NUnit.Framework.Internal;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// The devices on which kernels run by themselves: the emulated one, whose every launch gives the same bits on all schedules;
/// the one that checks each memory access; and a real one.
/// </summary>
internal static class KernelDevices
{
    /// <summary>A way to open each of them, as arguments of fixtures.</summary>
    public static IEnumerable<TestFixtureData> Fixtures =>
    [
        Fixture("emulated", () => OpenEmulated(EmulatorOptions.Numbers), "Emulator", "Slow"),
        Fixture("emulated, each access checked", () => OpenEmulated(EmulatorOptions.Races), "Emulator", "Slow"),
        Fixture("CUDA", OpenReal, "Gpu"),
    ];

    /// <summary>The fastest of the emulated ones, and a real one: for large inputs.</summary>
    public static IEnumerable<TestFixtureData> FastFixtures =>
        [Fixture("emulated, Fast", () => OpenEmulated(new()), "Emulator", "Slow"), Fixture("CUDA", OpenReal, "Gpu")];

    private static TestFixtureData Fixture(string name, Func<ICudaDriver> open, params string[] categories)
    {
        TestFixtureData fixture = new TestFixtureData(open).SetArgDisplayNames(name);
        foreach (string category in categories) fixture.Properties.Add(PropertyNames.Category, category);
        return fixture;
    }

    private static EmulatedCudaDriver OpenEmulated(EmulatorOptions options)
    {
        ClangCompiler.IgnoreIfMissing();
        return new(options);
    }

    private static NativeCudaDriver OpenReal()
    {
        try
        {
            return NativeCudaDriver.Open();
        }
        catch (CudaUnavailableException e)
        {
            Assert.Ignore(e.Message);
            throw;
        }
    }
}
