using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

public sealed class KernelArchitectureTests
{
    [TestCase(9, 0, "sm_90")]
    [TestCase(8, 6, "sm_86")]
    [TestCase(8, 9, "compute_86")]
    [TestCase(12, 1, "compute_90")]
    [TestCase(7, 5, "sm_75")]
    [TestCase(7, 0, null)]
    public void The_devices_own_is_chosen_where_known_and_PTX_of_the_nearest_older_otherwise(
        int major, int minor, string? expected)
    {
        string? chosen = KernelArchitecture.Choose(major, minor, [90, 75, 80, 86]);
        Assert.That(chosen, Is.EqualTo(expected));
        Assert.That(chosen is not null && KernelArchitecture.IsVirtual(chosen), Is.EqualTo(expected?[0] == 'c'));
    }

    [Test]
    public void The_options_are_the_architecture_and_the_language() => Assert.That(
        new KernelProgram("a.cu", "", [], "sm_90").Options, Is.EqualTo(new[] { "--gpu-architecture=sm_90", "--std=c++17" }));
}
