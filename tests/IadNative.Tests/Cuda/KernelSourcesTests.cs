using System.Text.RegularExpressions;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

public sealed partial class KernelSourcesTests
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

    /// <summary>A thread that walks over what all threads have keeps hundreds waiting.</summary>
    [Test]
    public void No_thread_works_for_all_others_while_they_wait()
    {
        string[] names = [.. typeof(KernelSources).Assembly.GetManifestResourceNames().Select(name => name["kernels/".Length..])];
        Assert.That(names.SelectMany(name => WalksOf(KernelSources.Embedded[name]).Select(walk => $"{name}: {walk}")), Is.Empty,
            "Let each warp, or each thread, have a part, and join the parts of the warps.");
    }

    [TestCase("for (int t = 0; t < RANK_THREADS; t++) {")]
    [TestCase("for (int t = 0; t < thread; t++) below = join(below, parts[t]);")]
    [TestCase("for (int t = 255; t > thread; t--) above = join(above, parts[t]);")]
    [TestCase("if (thread == 0) {\n    unsigned digit = 0; // comment\n    while (rank >= counts[digit]) rank -= counts[digit++];\n}")]
    [TestCase("if (threadIdx.x == 0)\n    for (int s = 0; s < a.samples; s++) sum += losses[s];")]
    public void A_thread_that_works_for_all_others_is_found(string text) => Assert.That(WalksOf(text).Count(), Is.EqualTo(1));

    [TestCase("for (int s = thread; s < a.samples; s += 256) sum += losses[s];")]
    [TestCase("if (thread == 0) rank = k;\nfor (int s = thread; s < a.samples; s += 256) rank++;")]
    [TestCase("if (threadIdx.x == 0)\n    for (int warp = 1; warp < RANK_THREADS / 32; warp++) take(of_warp[warp]);")]
    public void Threads_that_share_work_are_not(string text) => Assert.That(WalksOf(text), Is.Empty);

    private static IEnumerable<string> WalksOf(string text)
    {
        string code = Comment().Replace(text, "");
        return WalkOverThreads().Matches(code).Concat(WalkOfOneThread().Matches(code)).Select(match => match.Value);
    }

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    // One by one over as many as there are threads.
    [GeneratedRegex(@"for \(int \w+ = [^;]*; \w+ [<>]=? (?:thread|\(int\)threadIdx\.x|threadIdx\.x|256|1024|\w*THREADS|kThreads|blockDim\.x); \w+(?:\+\+|--)\)")]
    private static partial Regex WalkOverThreads();

    // By the first thread alone, as far as what the launch tells, or as far as it takes.
    [GeneratedRegex(@"if \((?:thread|threadIdx\.x) == 0\)\s*(?:\{[^{}]*?)?(?:\bwhile\b|\bfor \([^;)]*; \w+ < a\.)")]
    private static partial Regex WalkOfOneThread();
}
