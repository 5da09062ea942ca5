using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>As in kernels/lab/chain_step.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChainStepArguments
{
    public ChainEpochArguments Epoch;
    public int Step;
}

/// <summary>Rung 3: an epoch as a launch per step.</summary>
internal static class StepKernel
{
    /// <summary>The only part of an epoch.</summary>
    public static EpochPart Part(
        DeviceKernels kernels, FusedEpoch fused, CudaState state, SessionSpec spec, DeviceBuffer order, BatchSchedule schedule)
    {
        BlockShape shape = fused.Shape;
        Kernel<ChainStepArguments> kernel = kernels.Get(
            new KernelDefinition<ChainStepArguments>(
                new KernelFile("lab/chain_step.cu", shape.Header), "chain_step",
                (in _, replicas, _) => new LaunchShape(replicas, 1, 1, shape.Threads, shape.SharedBytes)),
            shape.SharedBytes);
        return new EpochPart(() =>
        {
            ChainEpochArguments epoch = fused.Arguments(state, spec, order, schedule);
            for (int step = 0; step < schedule.Count; step++)
                kernel.Launch(new ChainStepArguments { Epoch = epoch, Step = step }, state.Replicas);
        });
    }
}
