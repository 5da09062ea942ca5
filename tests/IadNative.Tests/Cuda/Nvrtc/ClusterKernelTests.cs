using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Fusion;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>What NVIDIA's own compiler makes of networks that clusters of blocks train.</summary>
[NonParallelizable, Category("Nvrtc")]
public sealed class ClusterKernelTests
{
    private const int Features = 36, Batch = 128, SharedBytes = 227 << 10;

    [Test]
    public void A_cluster_compiles_without_spills_and_shares_the_work_out(
        [Values("svdd", "svdd-soft", "ae")] string model, [Values(2, 4)] int blocks)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        Plan plan = BaseModel.All.Single(one => one.Name == model).WritePlan(NetworkSpec.Parse("32-16-8"), Features, epochs: 2);
        DenseChain chain = DenseChain.In(plan)!;
        DeviceLayout parameters = new(plan.Parameters), statistics = new(plan.Statistics);
        BlockShape shape = ClusterKernel.Shape(chain, parameters, statistics, Batch, hasColumns: false, SharedBytes, blocks)!;
        CompiledKernel compiled = new CodeReader(tools.Cuobjdump, LabSources.All, tools.Library).Read(ClusterKernel.Definition(shape, blocks).File, "chain_cluster");
        SassCount counted = SassCount.Of(compiled.Code, isOneRound: true);
        double cycles = counted.Cycles(shape.Threads / BlockTiling.Lanes);
        TestContext.Out.WriteLine($"{compiled.Registers} registers, {shape.SharedBytes + compiled.SharedBytes} bytes, {counted}, {cycles:0} cycles");
        Assert.That(compiled.SharedBytes, Is.LessThanOrEqualTo(BlockShape.StaticBytes + 1024), "1,024 bytes are the system's from sm_90 on");
        Assert.That(compiled.Code.Instructions.Count(one => one.Is("LDL") || one.Is("STL")), Is.Zero, "spilled");
        int hidden = chain.Layers.Count - 1, normalized = chain.Layers.Count(layer => layer.Norm is not null);
        Assert.That(counted.ClusterBarriers, Is.EqualTo(normalized + hidden + 1), "forward, backward and at the end");
        int products = chain.Layers.Sum(layer => 3 * layer.Inputs * layer.Outputs) - (chain.Layers[0].Inputs * chain.Layers[0].Outputs);
        double share = (double)products * Batch / blocks / shape.Threads;
        Assert.That(counted.Ffma, Is.InRange(share, 1.6 * share));
    }
}
