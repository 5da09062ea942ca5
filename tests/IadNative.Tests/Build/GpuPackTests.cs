using System.Runtime.Versioning;

namespace IadNative.Tests.Build;

/// <summary>What is carried to a machine with a GPU.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class GpuPackTests
{
    [Test, Category("Nightly")]
    public void It_is_one_small_folder_that_has_all_that_its_script_runs()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/bin/bash")) Assert.Ignore("It is packed on Linux.");
        _ = Checkout.Root;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iad-pack-test-");
        try
        {
            var copy = new SourceCopy(Path.Combine(folder.FullName, "copy"));
            SourceCopy.Run("/bin/bash", copy.Root, ["bench/gpu/pack.sh"]);
            string archive = copy.PathOf("artifacts", "iad-gpu.tar.xz");
            TestContext.Out.WriteLine($"{new FileInfo(archive).Length} bytes");
            Assert.That(new FileInfo(archive).Length, Is.InRange(10_000_000, 40_000_000));
            SourceCopy.Run("tar", folder.FullName, ["-xf", archive]);
            string packed = Path.Combine(folder.FullName, "iad-gpu");
            foreach (string needed in new[] { "first.sh", "compare.py", "iad", "IadNative.Tests", "IadNative.Bench.Gpu", "samples/satellite.csv.gz" })
                Assert.That(Path.Combine(packed, needed), Does.Exist);
            Assert.That(Directory.GetFiles(packed, "BenchmarkDotNet*"), Is.Empty);
            (string, string)[] noRuntime = [("DOTNET_ROOT", folder.FullName), ("PATH", "/usr/bin:/bin")];
            Assert.That(SourceCopy.Run(Path.Combine(packed, "iad"), packed, ["info"], noRuntime), Does.Contain("cudaDevices"));
            Assert.That(SourceCopy.Run(Path.Combine(packed, "IadNative.Bench.Gpu"), packed, ["--help"], noRuntime), Does.Contain("--seconds-limit"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
