using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The least gradient of a sample's loss by an activation that counts.</summary>
internal static class LeastGradient
{
    /// <summary>
    /// A smaller magnitude is zero where gradients begin. Beside the gradients of samples that weigh something it is lost in any sum; a
    /// sample that weighs hardly more than the least importance weight would take its gradients into the subnormal numbers, layer by
    /// layer, and every product with them would be slow on many processors. Layers have fourteen orders of magnitude
    /// before they get there. GPUs are not slow on such numbers, and leave them as they are.
    /// </summary>
    public const float Value = 1e-24f;

    /// <summary>
    /// The same behind a layer with a ReLU. A weight that decays while nothing draws at it passes on next to nothing of a gradient that
    /// is itself next to nothing.
    /// </summary>
    public const float Hidden = 1e-36f;

    /// <summary>Zero where a magnitude is less, also where the gradient was zero; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Drop<T>(T gradient)
        where T : struct, ILanes<T> => T.DropBelow(gradient, T.Create(Value));
}
