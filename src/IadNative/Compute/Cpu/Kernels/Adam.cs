using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Adam (Kingma and Ba, 2015) over a run of parameters in one pass.</summary>
internal static unsafe class Adam
{
    /// <summary>
    /// g = 0 where the mask is, whatever it was; then with g' = g + decay·p, m = β₁m + (1 − β₁)g'; v = β₂v + (1 − β₂)g'²;
    /// p −= rate · m̂ / (√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). All in whole vectors.
    /// </summary>
    /// <param name="parameters">p; zero where the mask is, and so they stay.</param>
    /// <param name="gradient">g.</param>
    /// <param name="mask">1 for a parameter that there is, 0 for one that is masked out; null without a mask.</param>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="length">Parameters.</param>
    /// <param name="rates">The step's numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step<T>(
        float* parameters, float* gradient, float* mask, float* first, float* second, int length, in AdamRates rates)
        where T : struct, ILanes<T>
    {
        T size = T.Create(rates.Size), correction = T.Create(rates.Correction), decay = T.Create(rates.Decay);
        T beta1 = T.Create(AdamStep.Beta1), rest1 = T.Create(1 - AdamStep.Beta1);
        T beta2 = T.Create(AdamStep.Beta2), rest2 = T.Create(1 - AdamStep.Beta2);
        T epsilon = T.Create(AdamStep.Epsilon);
        for (int i = 0; i < length; i += T.Count)
        {
            T p = T.Load(parameters + i), g = T.Load(gradient + i);
            if (mask != null)
            {
                g = T.WherePositive(T.Load(mask + i), g, T.Zero);
                T.Store(g, gradient + i);
            }

            g = T.MultiplyAdd(decay, p, g);
            T m = T.MultiplyAdd(beta1, T.Load(first + i), rest1 * g);
            T v = T.MultiplyAdd(beta2, T.Load(second + i), rest2 * g * g);
            T.Store(m, first + i);
            T.Store(v, second + i);
            T.Store(p - (size * m / (T.MultiplyAdd(T.Sqrt(v), correction, epsilon))), parameters + i);
        }
    }

    /// <summary>
    /// Moments that are too small to matter become zero, as <see cref="AdamStep"/> says, before they decay into the subnormal numbers.
    /// First ones take 170 steps for that from the least that stays, second ones thousands: it need not be done at every step.
    /// </summary>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="length">Parameters.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DropLeast<T>(float* first, float* second, int length)
        where T : struct, ILanes<T>
    {
        T leastFirst = T.Create(AdamStep.LeastFirstMoment), leastSecond = T.Create(AdamStep.LeastSecondMoment);
        for (int i = 0; i < length; i += T.Count)
        {
            T.Store(T.DropBelow(T.Load(first + i), leastFirst), first + i);
            T.Store(T.DropBelow(T.Load(second + i), leastSecond), second + i);
        }
    }
}
