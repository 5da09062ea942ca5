using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/adam.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AdamCorrectionArguments
{
    public ulong Steps, Corrections, Cursor;
    public int Replicas, Samples;
    public float Beta1, Beta2;
    public double Rate;
}

/// <summary>As in kernels/adam.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AdamArguments
{
    public ulong Parameters, Gradient, First, Second, Corrections;
    public long Stride;
    public int Length;
    public float Beta1, Beta2, Epsilon, Decay, LeastFirst, LeastSecond, LeastSquared;
}

/// <summary>A step of Adam: a kernel that counts steps and moves the cursor on, and one over all parameters.</summary>
internal sealed class CudaAdamStep : CudaOperation
{
    public static readonly KernelDefinition<AdamCorrectionArguments> Corrections = new(
        "adam.cu", "adam_corrections", (in a, _, _) => LaunchShape.Elements(a.Replicas, 1));

    public static readonly KernelDefinition<AdamArguments> Step = new(
        "adam.cu", "adam_step", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<AdamCorrectionArguments> correct = training.Kernel(Corrections);
        Kernel<AdamArguments> step = training.Kernel(Step);
        CudaState state = training.State;
        DeviceBuffer corrections = training.Arena.Reserve<float>(2L * state.Replicas);
        int parameters = training.Plan.Parameters.Length;
        return samples =>
        {
            correct.Launch(new AdamCorrectionArguments
            {
                Steps = state.Steps.Address,
                Corrections = corrections.Address,
                Cursor = state.Cursor.Address,
                Replicas = state.Replicas,
                Samples = samples,
                Beta1 = AdamStep.Beta1,
                Beta2 = AdamStep.Beta2,
                Rate = training.Spec.LearningRate,
            });
            step.Launch(
                new AdamArguments
                {
                    Parameters = state.Parameters.Address,
                    Gradient = state.Gradient.Address,
                    First = state.FirstMoment.Address,
                    Second = state.SecondMoment.Address,
                    Corrections = corrections.Address,
                    Stride = parameters,
                    Length = parameters,
                    Beta1 = AdamStep.Beta1,
                    Beta2 = AdamStep.Beta2,
                    Epsilon = AdamStep.Epsilon,
                    Decay = (float)training.Spec.WeightDecay,
                    LeastFirst = AdamStep.LeastFirstMoment,
                    LeastSecond = AdamStep.LeastSecondMoment,
                    LeastSquared = AdamStep.LeastSquared,
                },
                state.Replicas);
        };
    }
}
