using System.Runtime.InteropServices;
using IadNative.Compute;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/made.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MaskArguments
{
    public ulong Gradient, Mask;
    public long Stride;
    public int Length;
}

/// <summary>Masks the gradients of all parameters.</summary>
internal sealed class CudaMaskGradient : CudaOperation
{
    public static readonly KernelDefinition<MaskArguments> Kernel = new(
        "made.cu", "mask_gradient", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<MaskArguments> kernel = training.Kernel(Kernel);
        CudaState state = training.State;
        int length = state.ParameterStride;
        return _ =>
        {
            training.Driver.Join();
            kernel.Launch(
                new MaskArguments { Gradient = state.Gradient.Address, Mask = state.Mask.Address, Stride = length, Length = length },
                state.Replicas);
        };
    }
}
