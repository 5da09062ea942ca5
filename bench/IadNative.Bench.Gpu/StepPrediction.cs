using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;
using IadNative.Cuda.Operations;

namespace IadNative.Bench.Gpu;

/// <summary>
/// What a training step of R networks takes on an NVIDIA H200 if nothing of it waits: by what is computed, by the machine code, and by
/// nodes. All parts are seconds.
/// </summary>
/// <param name="Nodes">Launches, products, clears and copies of a step; an epoch's own are spread over its steps.</param>
/// <param name="Multiplying">Multiply-adds of float32.</param>
/// <param name="Issuing">Instructions; of cuBLAS's products no more than these multiply-adds.</param>
/// <param name="Sharing">What kernels load from shared memory and store to it; of cuBLAS's products nothing.</param>
/// <param name="Moving">Bytes of device memory.</param>
/// <param name="Waiting">Barriers of a fused epoch.</param>
internal sealed record StepPrediction(double Nodes, double Multiplying, double Issuing, double Sharing, double Moving, double Waiting)
{
    /// <summary>The device.</summary>
    public static readonly CudaDeviceInfo Device = new("H200", "", 9, 0, 141L << 30, 132, 227 << 10, "", "", "");

    private const double ClockHertz = 1.98e9, BytesPerSecond = 4.8e12;

    private const int LanesPerCycle = 128, LanesOfWarp = 32, Schedulers = 4;

    /// <summary>The longest part, and nodes.</summary>
    public double Seconds =>
        Math.Max(Math.Max(Multiplying, Issuing), Math.Max(Sharing, Moving)) + Waiting + (Nodes * CudaEstimate.SecondsPerNode);

    /// <summary>A step whose operations are launched one after the other.</summary>
    /// <exception cref="KernelCompilationException">A kernel does not compile.</exception>
    /// <exception cref="InvalidOperationException">Its code cannot be read.</exception>
    public static StepPrediction OfGraphs(CodeReader reader, GpuWorkload workload, int replicas)
    {
        Plan plan = workload.Plan;
        double samples = (double)workload.Rows / workload.Steps * replicas;
        double perSecond = ClockHertz * Device.Multiprocessors;
        PlanWork work = PlanWork.Of(plan.Step);
        double multiplied = work.DenseFlops / 2, issued = multiplied, shared = 0;
        foreach ((string kernel, double products) in plan.Step.SelectMany(Convolutions))
        {
            SassInstruction[] loop = LoopOf(reader.Read("conv.cu", kernel).Code);
            double each = products / loop.Count(one => one.Is("FFMA"));
            multiplied += products;
            issued += each * loop.Length;
            shared += each * loop.Sum(SassCount.CyclesOf) / LanesOfWarp;
        }

        return new StepPrediction(
            Launches(workload, replicas, useFusion: false).Nodes,
            samples * multiplied / (LanesPerCycle * perSecond),
            samples * issued / (Schedulers * LanesOfWarp * perSecond),
            samples * shared / perSecond,
            ((samples * work.Elements * CudaEstimate.BytesPerElement) + (plan.Parameters.Length * replicas * CudaEstimate.BytesPerParameter)) / BytesPerSecond,
            Waiting: 0);
    }

    /// <summary>A step of a fused epoch; null where epochs are not fused.</summary>
    /// <exception cref="KernelCompilationException">The kernel does not compile.</exception>
    /// <exception cref="InvalidOperationException">Its code cannot be read.</exception>
    public static StepPrediction? OfFused(CodeReader reader, GpuWorkload workload, int replicas)
    {
        (double nodes, Dictionary<(KernelFile File, string Name), LaunchShape> kernels) = Launches(workload, replicas, useFusion: true);
        if (kernels.Keys.SingleOrDefault(kernel => kernel.File.Shape.Length > 0) is not { Name: { } name } fused) return null;
        SassCount warp = FusedStep(reader.Read(fused.File, name).Code, workload.Plan);
        double warps = kernels[fused].Block / LanesOfWarp, waves = Math.Ceiling((double)replicas / Device.Multiprocessors);
        double rows = (double)workload.Rows / workload.Steps * workload.Features * sizeof(float);
        return new StepPrediction(
            nodes,
            waves * warps * warp.Ffma * LanesOfWarp / LanesPerCycle / ClockHertz,
            waves * warps * warp.Instructions / Schedulers / ClockHertz,
            waves * warps * warp.SharedCycles / ClockHertz,
            replicas * (rows + (workload.Plan.Parameters.IsMasked ? workload.Plan.Parameters.Length * CudaEstimate.BytesPerParameter : 0)) / BytesPerSecond,
            waves * warp.Barriers * SassCount.CyclesPerBarrier / ClockHertz);
    }

    /// <summary>What a warp issues in a step of a fused epoch: a block is a network.</summary>
    /// <param name="kernel">The kernel of epochs.</param>
    /// <param name="plan">The plan that it is compiled for.</param>
    internal static SassCount FusedStep(SassKernel kernel, Plan plan)
    {
        // The loop over the batches of an epoch is the longest; in it a flow has two over its MADE blocks, there and back.
        return SassCount.Of(kernel, isOneRound: true, MaskedFlow.In(plan)?.Blocks);
    }

    /// <summary>The kernels of a layer and what they multiply for one sample.</summary>
    internal static IEnumerable<(string Kernel, double Products)> Convolutions(PlanOperation operation)
    {
        switch (operation)
        {
            case ConvForward { Layer: var layer }:
                yield return (ConvKernels.ConvolveTo(layer.OutputChannels).Name, Products(layer));
                break;
            case ConvBackward { Layer: var layer } backward:
                yield return (ConvKernels.GradientOf(layer.OutputChannels, layer.InputChannels).Kernel.Name, Products(layer));
                if (backward.InputGradient is not null) yield return (ConvKernels.ConvolveTo(layer.InputChannels).Name, Products(layer));
                break;
        }

        static double Products(ConvLayer layer) => (double)ConvLayer.Taps * layer.InputChannels * layer.OutputChannels * layer.Size.Pixels;
    }

    private static SassInstruction[] LoopOf(SassKernel kernel) =>
        kernel.InnermostLoopsWith("FFMA").MaxBy(loop => loop.Count(one => one.Is("FFMA")))!;

    private static (double Nodes, Dictionary<(KernelFile File, string Name), LaunchShape> Kernels) Launches(GpuWorkload workload, int replicas, bool useFusion)
    {
        Dictionary<(KernelFile File, string Name), LaunchShape> kernels = [];
        using var driver = new CountingDriver(Device) { Launched = (file, name, shape) => kernels[(file, name)] = shape };
        using ISession session = ((IDevice)new CudaDevice(driver) { UseGraphs = false, UseFusion = useFusion })
            .CreateSession(workload.Plan, workload.Session(replicas));
        long before = driver.Nodes;
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        return ((double)(driver.Nodes - before) / workload.Steps, kernels);
    }
}
