using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Adam (Kingma and Ba, 2015) over a whole parameter block in one pass.</summary>
internal static unsafe class Adam
{
    /// <summary>
    /// g += decay·p; m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; p −= rate · m̂ / (√v̂ + ε) with m̂ = m/(1 − β₁ᵗ),
    /// v̂ = v/(1 − β₂ᵗ). The blocks must be padded with zeros to a multiple of the lanes.
    /// </summary>
    /// <param name="parameters">p.</param>
    /// <param name="gradient">g.</param>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="length">Parameters.</param>
    /// <param name="step">t, from 1.</param>
    /// <param name="rate">Step size.</param>
    /// <param name="decay">Weight decay.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step<T>(
        float* parameters, float* gradient, float* first, float* second, int length, long step, double rate, float decay)
        where T : struct, ILanes<T>
    {
        T size = T.Create((float)(rate / (1 - Math.Pow(AdamStep.Beta1, step))));
        T correction = T.Create((float)(1 / Math.Sqrt(1 - Math.Pow(AdamStep.Beta2, step))));
        T beta1 = T.Create(AdamStep.Beta1), rest1 = T.Create(1 - AdamStep.Beta1);
        T beta2 = T.Create(AdamStep.Beta2), rest2 = T.Create(1 - AdamStep.Beta2);
        T epsilon = T.Create(AdamStep.Epsilon), decays = T.Create(decay);
        for (int i = 0; i < length; i += T.Count)
        {
            T p = T.Load(parameters + i);
            T g = T.MultiplyAdd(decays, p, T.Load(gradient + i));
            T m = T.MultiplyAdd(beta1, T.Load(first + i), rest1 * g);
            T v = T.MultiplyAdd(beta2, T.Load(second + i), rest2 * g * g);
            T.Store(m, first + i);
            T.Store(v, second + i);
            T.Store(p - (size * m / (T.MultiplyAdd(T.Sqrt(v), correction, epsilon))), parameters + i);
        }
    }
}
