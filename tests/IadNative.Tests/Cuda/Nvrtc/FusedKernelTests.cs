using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IadNative.Bench.Gpu;
using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>The kernels of fused epochs for the shapes of the tables, compiled by NVIDIA's own compiler.</summary>
[NonParallelizable]
public sealed partial class FusedKernelTests
{
    private const int Features = 36, Batch = 128, SmallFeatures = 8, SmallBatch = 32;

    // Bytes that a thread stores and loads for want of registers, at most: measured with NVRTC 11.8, and a little more.
    private static readonly (string Model, string Network, bool Bias, int Spilled)[] s_shapes =
    [
        ("svdd", "32-16-8", false, 0), ("svdd-soft", "32-16-8", false, 0), ("ae", "32-16-8", false, 1000), ("ae", "32-16-8", true, 1100),
        ("maf", "32-32", false, 900),
    ];

    // KiB of shared memory that a block can have, as the programming guide of CUDA tells them.
    private static readonly Dictionary<string, int> s_shared = new()
    {
        ["sm_52"] = 48, ["sm_61"] = 48, ["sm_70"] = 96, ["sm_75"] = 64, ["sm_80"] = 163, ["sm_86"] = 99, ["sm_89"] = 99, ["sm_90"] = 227,
    };

    // File, model and network of the tables, multiplications and cycles of shared memory.
    private static readonly (string Model, string Network, int Multiplications, int Cycles)[] s_claims =
    [
        .. new[] { "fused/chain_epoch.cu", "fused/flow_epoch.cu" }.SelectMany(file => Claim().Matches(KernelSources.Embedded[file]).Select(match =>
            (match.Groups[1].Value, match.Groups[2].Value, Number(match.Groups[3]), Number(match.Groups[4])))),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from shape in s_shapes
        from architecture in KernelBudgets.Architectures
        where FileOf(PlanOf(shape.Model, shape.Network, shape.Bias), Batch, s_shared[architecture]) is not null
        select new TestCaseData(shape.Model, shape.Network, shape.Bias, shape.Spilled, architecture);

    private static IEnumerable<TestCaseData> SmallCases =>
        from model in s_shapes.Select(shape => shape.Model).Distinct()
        from architecture in KernelBudgets.Architectures
        select new TestCaseData(model, architecture);

    [TestCaseSource(nameof(Cases)), Category("Nvrtc"), Category("Slow")]
    public void A_shape_compiles_within_its_registers(string model, string network, bool bias, int spilled, string architecture) =>
        Compiles(PlanOf(model, network, bias), Batch, spilled, architecture);

    /// <summary>What has room on the oldest devices too.</summary>
    [TestCaseSource(nameof(SmallCases)), Category("Nvrtc"), Category("Slow")]
    public void A_small_shape_compiles_for_every_device_without_spills(string model, string architecture) =>
        Compiles(SmallPlanOf(model), SmallBatch, spilled: 0, architecture);

    [Test, Category("Nvrtc"), Category("Slow")]
    public void A_shape_compiles_to_PTX([Values("svdd", "svdd-soft", "ae", "maf")] string model)
    {
        byte[] ptx = NvidiaTools.OrIgnore().Compile(FileOf(SmallPlanOf(model), SmallBatch, s_shared["sm_90"])!.Value, "compute_90");
        Assert.That(Encoding.UTF8.GetString(ptx), Does.EndWith("\0").And.Contain(".target sm_90").And.Contain(model == "maf" ? "flow_epoch" : "chain_epoch"));
    }

    [TestCaseSource(nameof(Claims)), Category("Nvrtc")]
    public void A_step_multiplies_as_often_per_cycle_of_shared_memory_as_its_file_says(string model, string network, int multiplications, int cycles)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        Plan plan = PlanOf(model, network, bias: false);
        SassKernel kernel = SassKernel.Read(tools.Sass(FileOf(plan, Batch, s_shared["sm_90"])!.Value, "sm_90")).Single();
        SassCount counted = StepPrediction.FusedStep(kernel, plan);
        TestContext.Out.WriteLine(counted);
        Assert.That(counted.Ffma * cycles >= multiplications * counted.SharedCycles,
            $"{model} {network}: {counted.Ffma} FFMA for {counted.SharedCycles} cycles; its file says {multiplications} for {cycles}.");
    }

    [Test]
    public void Every_shape_of_the_tables_says_how_often_it_multiplies_per_cycle_of_shared_memory() => Assert.That(
        s_claims.Select(claim => (claim.Model, claim.Network)),
        Is.EquivalentTo(s_shapes.Where(shape => !shape.Bias).Select(shape => (shape.Model, shape.Network))));

    private static IEnumerable<TestCaseData> Claims =>
        s_claims.Select(claim => new TestCaseData(claim.Model, claim.Network, claim.Multiplications, claim.Cycles));

    private static void Compiles(Plan plan, int batch, int spilled, string architecture)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        KernelResources measured = tools.Measure(FileOf(plan, batch, s_shared[architecture])!.Value, architecture);
        TestContext.Out.WriteLine(measured);
        Assert.That(measured.Registers, Is.LessThanOrEqualTo(255));
        Assert.That(measured.Shared, Is.LessThanOrEqualTo(BlockShape.StaticBytes + 1024), "1,024 bytes are the system's from sm_90 on");
        Assert.That(measured.Spilled, Is.LessThanOrEqualTo(spilled));
    }

    private static Plan PlanOf(string model, string network, bool bias) => BaseModel.All.Single(one => one.Name == model)
        .WritePlan(NetworkSpec.Parse(network) with { Bias = bias, Affine = bias }, Features, epochs: 2);

    private static Plan SmallPlanOf(string model) => BaseModel.All.Single(one => one.Name == model)
        .WritePlan(NetworkSpec.Parse(model == "maf" ? "8-8" : "8-4"), SmallFeatures, epochs: 2);

    // Null where a block has no room for it.
    private static KernelFile? FileOf(Plan plan, int batch, int sharedKibibytes)
    {
        DeviceLayout parameters = new(plan.Parameters), statistics = new(plan.Statistics);
        int shared = (sharedKibibytes << 10) - BlockShape.StaticBytes;
        DenseChain? chain = DenseChain.In(plan);
        BlockShape? shape = chain is null
            ? FlowShape.Of(MaskedFlow.In(plan)!, parameters, statistics, batch, hasColumns: false, shared)
            : ChainShape.Of(chain, parameters, statistics, batch, hasColumns: false, shared);
        if (shape is null) return null;
        return chain is null ? FusedEpoch.Flow(shape).File : FusedEpoch.Chain(shape).File;
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^//   (\S+) (\S+) +(\d+) FFMA for (\d+) cycles", RegexOptions.Multiline)]
    private static partial Regex Claim();
}
