using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/adam.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AdamArguments
{
    public ulong Parameters, Gradient, First, Second, Corrections, Cursor;
    public long Stride, MomentStride;
    public int Length, Samples;
    public float Factor;
    public AdamRule Rule;
}

/// <summary>As in kernels/adam_step.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AdamRule
{
    public float Beta1, Beta2, Epsilon, Decay, LeastFirst, LeastSecond, LeastSquared;

    /// <summary>The rule with a weight decay.</summary>
    public static AdamRule Of(double decay) => new()
    {
        Beta1 = AdamStep.Beta1,
        Beta2 = AdamStep.Beta2,
        Epsilon = AdamStep.Epsilon,
        Decay = (float)decay,
        LeastFirst = AdamStep.LeastFirstMoment,
        LeastSecond = AdamStep.LeastSecondMoment,
        LeastSquared = AdamStep.LeastSquared,
    };
}

/// <summary>
/// A step of Adam over the parameters, or a part of them. The step was counted when its batch was gathered; the first of several moves
/// the cursor on.
/// </summary>
internal sealed class CudaAdamStep(AdamStep adam) : CudaOperation
{
    public static readonly KernelDefinition<AdamArguments> Kernel = new(
        "adam.cu", "adam_step", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<AdamArguments> step = training.Kernel(Kernel);
        CudaState state = training.State;
        DeviceBuffer corrections = training.Saved<DeviceBuffer>(Kernel);
        int last = adam.First + (adam.Length ?? training.Plan.Parameters.Length - adam.First) - 1;
        int place = state.Layout.PlaceOf(adam.First), length = state.Layout.PlaceOf(last) + 1 - place;
        ulong first = (ulong)place * sizeof(float), moments = first + ((ulong)adam.Moments * (ulong)state.ParameterStride * sizeof(float));
        return samples =>
        {
            training.Driver.Join();
            step.Launch(
                new AdamArguments
                {
                    Parameters = state.Parameters.Address + first,
                    Gradient = state.Gradient.Address + first,
                    First = state.FirstMoment.Address + moments,
                    Second = state.SecondMoment.Address + moments,
                    Corrections = corrections.Address,
                    Cursor = adam.Moments == 0 ? state.Cursor.Address : 0,
                    Stride = state.ParameterStride,
                    MomentStride = state.MomentStride,
                    Length = length,
                    Samples = samples,
                    Factor = (float)adam.Factor,
                    Rule = AdamRule.Of(adam.Moments == 0 ? training.Spec.WeightDecay : 0),
                },
                state.Replicas);
        };
    }
}
