using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>What a step of Adam multiplies with, the same for all parameters.</summary>
/// <param name="Size">Step size over 1 − β₁ᵗ.</param>
/// <param name="Correction">1/√(1 − β₂ᵗ).</param>
/// <param name="Decay">Weight decay.</param>
internal readonly record struct AdamRates(float Size, float Correction, float Decay)
{
    /// <summary>Those of step t, from 1.</summary>
    public static AdamRates Of(long step, double rate, double decay) => new(
        (float)(rate / (1 - Math.Pow(AdamStep.Beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(AdamStep.Beta2, step))),
        (float)decay);
}
