using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

public sealed class KernelSourcesTests
{
    [Test]
    public void Headers_come_in_the_order_of_their_names_and_without_sources()
    {
        KernelSources sources = new(new Dictionary<string, string> { ["z.cuh"] = "Z", ["b.cu"] = "B", ["a.cuh"] = "A" });
        Assert.That(sources.Headers.Select(header => header.Key + header.Value), Is.EqualTo(new[] { "a.cuhA", "z.cuhZ" }));
        Assert.That(sources["b.cu"], Is.EqualTo("B"));
        Assert.That(() => sources["c.cu"], Throws.ArgumentException
            .With.Message.StartsWith("There is no kernel file c.cu. The files are a.cuh, b.cu, z.cuh."));
    }

    [Test]
    public void Embedded_files_are_found_by_their_names()
    {
        string[] names = [.. typeof(KernelSources).Assembly.GetManifestResourceNames()];
        Assert.That(names, Has.All.Match(@"^kernels/(fused/)?[a-z_]+\.cuh?$"));
        foreach (string name in names)
            Assert.That(KernelSources.Embedded[name["kernels/".Length..]], Is.Not.Empty);
    }
}
