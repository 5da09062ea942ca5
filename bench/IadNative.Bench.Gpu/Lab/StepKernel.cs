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

/// <summary>As in kernels/lab/flow_step.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowStepArguments
{
    public FlowEpochArguments Flow;
    public int Step;
}

/// <summary>Rung 3: an epoch as a launch per step.</summary>
internal static class StepKernel
{
    /// <summary>The only part of an epoch.</summary>
    public static EpochPart Part(
        DeviceKernels kernels, FusedEpoch fused, CudaState state, SessionSpec spec, DeviceBuffer order, BatchSchedule schedule)
    {
        if (!fused.IsChain)
        {
            return Part<FlowStepArguments>("flow_step", step => new FlowStepArguments
            {
                Flow = fused.FlowArguments(state, spec, order, schedule),
                Step = step,
            });
        }

        return Part<ChainStepArguments>("chain_step", step => new ChainStepArguments
        {
            Epoch = fused.Arguments(state, spec, order, schedule),
            Step = step,
        });

        EpochPart Part<T>(string name, Func<int, T> arguments)
            where T : unmanaged
        {
            BlockShape shape = fused.Shape;
            Kernel<T> kernel = kernels.Get(
                new KernelDefinition<T>(
                    new KernelFile($"lab/{name}.cu", shape.Header), name,
                    (in _, replicas, _) => new LaunchShape(replicas, 1, 1, shape.Threads, shape.SharedBytes)),
                shape.SharedBytes);
            return new EpochPart(() =>
            {
                for (int step = 0; step < schedule.Count; step++) kernel.Launch(arguments(step), state.Replicas);
            });
        }
    }
}
