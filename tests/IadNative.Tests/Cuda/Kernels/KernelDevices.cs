using IadNative.Cuda;
using IadNative.Cuda.Runtime;
using IadNative.Tests.Emulator;
using NUnit.Framework.Internal;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The devices on which kernels run by themselves: the emulated one in every schedule, and a real one.</summary>
internal static class KernelDevices
{
    /// <summary>A way to open each of them, as arguments of fixtures.</summary>
    public static IEnumerable<TestFixtureData> Fixtures =>
    [
        .. Enum.GetValues<EmulatorMode>().SelectMany(EmulatorOptions.Schedules).Select(
            (options, i) => Fixture($"emulated, {options.Mode}, schedule {i % 3}", "Emulator", () => OpenEmulated(options))),
        Fixture("CUDA", "Gpu", OpenReal),
    ];

    /// <summary>The fastest of the emulated ones, and a real one: for large inputs.</summary>
    public static IEnumerable<TestFixtureData> FastFixtures =>
        [Fixture("emulated, Fast", "Emulator", () => OpenEmulated(new())), Fixture("CUDA", "Gpu", OpenReal)];

    private static TestFixtureData Fixture(string name, string category, Func<ICudaDriver> open)
    {
        TestFixtureData fixture = new TestFixtureData(open).SetArgDisplayNames(name);
        fixture.Properties.Add(PropertyNames.Category, category);
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
