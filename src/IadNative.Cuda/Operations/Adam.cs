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
    public long Stride, MomentStride;
    public int Length;
    public float Factor, Beta1, Beta2, Epsilon, Decay, LeastFirst, LeastSecond, LeastSquared;
}

/// <summary>
/// A step of Adam: a kernel that counts steps and moves the cursor on, in the first of several, and one over the parameters.
/// </summary>
internal sealed class CudaAdamStep(AdamStep adam) : CudaOperation
{
    public static readonly KernelDefinition<AdamCorrectionArguments> Corrections = new(
        "adam.cu", "adam_corrections", (in a, _, _) => LaunchShape.Elements(a.Replicas, 1));

    public static readonly KernelDefinition<AdamArguments> Step = new(
        "adam.cu", "adam_step", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<AdamArguments> step = training.Kernel(Step);
        CudaState state = training.State;
        Plan plan = training.Plan;
        Action<int>? count = adam.Moments == 0 ? Count(training) : null;
        DeviceBuffer corrections = training.Saved<DeviceBuffer>(Corrections);
        int parameters = plan.Parameters.Length, momentLength = plan.MomentLength;
        ulong first = (ulong)adam.First * sizeof(float), moments = first + ((ulong)adam.Moments * (ulong)plan.MomentStride * sizeof(float));
        return samples =>
        {
            count?.Invoke(samples);
            step.Launch(
                new AdamArguments
                {
                    Parameters = state.Parameters.Address + first,
                    Gradient = state.Gradient.Address + first,
                    First = state.FirstMoment.Address + moments,
                    Second = state.SecondMoment.Address + moments,
                    Corrections = corrections.Address,
                    Stride = parameters,
                    MomentStride = momentLength,
                    Length = adam.Length ?? parameters - adam.First,
                    Factor = (float)adam.Factor,
                    Beta1 = AdamStep.Beta1,
                    Beta2 = AdamStep.Beta2,
                    Epsilon = AdamStep.Epsilon,
                    Decay = adam.Moments == 0 ? (float)training.Spec.WeightDecay : 0,
                    LeastFirst = AdamStep.LeastFirstMoment,
                    LeastSecond = AdamStep.LeastSecondMoment,
                    LeastSquared = AdamStep.LeastSquared,
                },
                state.Replicas);
        };
    }

    private static Action<int> Count(CudaTrainingStep training)
    {
        Kernel<AdamCorrectionArguments> correct = training.Kernel(Corrections);
        CudaState state = training.State;
        DeviceBuffer corrections = training.Arena.Reserve<float>(2L * state.Replicas);
        training.Save(Corrections, corrections);
        return samples => correct.Launch(new AdamCorrectionArguments
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
    }
}
