using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Detectors;

namespace IadNative.Reproduction.Tests;

internal sealed class EngineIdentityTests
{
    private static readonly CudaDeviceInfo s_cuda = new("Any", "0000:01:00.0", 9, 0, 1, 1, 48 << 10, "13.0", "12.8", "12.8.4");

    [Test]
    public void Builds_of_one_commit_are_told_apart_by_their_modules()
    {
        string identity = EngineIdentity.Of(new CpuDevice(1), null);
        Assert.That(identity, Does.StartWith(Product.Build).And.EndWith(new CpuDevice(1).Description));
        foreach (Type type in (Type[])[typeof(AnomalyDetector), typeof(EngineIdentity)])
            Assert.That(identity, Does.Contain(type.Module.ModuleVersionId.ToString("N")));
        Assert.That(identity, Does.Not.Contain("cuBLAS"));
    }

    [Test]
    public void On_cuda_the_versions_of_the_libraries_count()
    {
        string identity = Of(s_cuda);
        Assert.That(identity, Does.Contain(typeof(CudaDevice).Module.ModuleVersionId.ToString("N")));
        Assert.That(Of(s_cuda with { CompilerVersion = "12.9" }), Is.Not.EqualTo(identity));
        Assert.That(Of(s_cuda with { BlasVersion = "12.8.5" }), Is.Not.EqualTo(identity));

        static string Of(CudaDeviceInfo cuda) => EngineIdentity.Of(new CpuDevice(1), cuda);
    }
}
