using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>The kernels of fused epochs for the shapes of the tables, compiled by NVIDIA's own compiler.</summary>
[NonParallelizable]
public sealed class FusedKernelTests
{
    // Bytes that a thread stores and loads for want of registers, at most: measured with NVRTC 11.8, and a little more.
    private static readonly (string Model, string Network, bool Bias, int Spilled)[] s_shapes =
    [
        ("svdd", "32-16-8", false, 0), ("svdd-soft", "32-16-8", false, 0), ("ae", "32-16-8", false, 1000), ("ae", "32-16-8", true, 1100),
        ("maf", "32-32", false, 900),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from shape in s_shapes
        from architecture in (string[])["sm_70", "sm_80", "sm_86", "sm_90"]
        select new TestCaseData(shape.Model, shape.Network, shape.Bias, shape.Spilled, architecture);

    [TestCaseSource(nameof(Cases)), Category("Nvrtc"), Category("Slow")]
    public void A_shape_compiles_within_its_registers(string model, string network, bool bias, int spilled, string architecture)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        NetworkSpec spec = NetworkSpec.Parse(network) with { Bias = bias, Affine = bias };
        Plan plan = BaseModel.All.Single(one => one.Name == model).WritePlan(spec, 36, epochs: 2);
        KernelResources measured = tools.Measure(FileOf(plan), architecture);
        TestContext.Out.WriteLine($"{model} {network} {architecture}: {measured}");
        Assert.That(measured.Registers, Is.LessThanOrEqualTo(255));
        Assert.That(measured.Shared, Is.LessThanOrEqualTo(BlockShape.StaticBytes + 1024), "1,024 bytes are the system's from sm_90 on");
        Assert.That(measured.Spilled, Is.LessThanOrEqualTo(spilled));
    }

    private static KernelFile FileOf(Plan plan)
    {
        DeviceLayout parameters = new(plan.Parameters), statistics = new(plan.Statistics);
        const int shared = 227 << 10;
        return DenseChain.In(plan) is { } chain
            ? FusedEpoch.Chain(ChainShape.Of(chain, parameters, statistics, 128, hasColumns: false, shared)!).File
            : FusedEpoch.Flow(FlowShape.Of(MaskedFlow.In(plan)!, parameters, statistics, 128, hasColumns: false, shared)!).File;
    }
}
