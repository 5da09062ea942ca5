namespace IadNative.Compute.Cpu;

/// <summary>What becomes of one channel behind its convolution: y = Scale·(z − Mean) + Shift, then the leaky ReLU.</summary>
/// <param name="Mean">μ; 0 without batch norm.</param>
/// <param name="Inverse">1/√(σ² + ε); 1 without batch norm.</param>
/// <param name="Scale">γ/√(σ² + ε).</param>
/// <param name="Shift">β.</param>
/// <param name="Slope">Slope of the ReLU; 1 for none.</param>
internal readonly record struct ChannelMap(float Mean, float Inverse, float Scale, float Shift, float Slope)
{
    /// <summary>A channel without batch norm, or with one that is folded into the weights.</summary>
    public static ChannelMap Plain(float slope) => new(0, 1, 1, 0, slope);
}
