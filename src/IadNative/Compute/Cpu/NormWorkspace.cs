namespace IadNative.Compute.Cpu;

/// <summary>What a batch normalisation keeps from its forward for its backward pass.</summary>
internal sealed class NormWorkspace(int width, int stride)
{
    /// <summary>ẑ, width × stride.</summary>
    public FloatBuffer Normalized { get; } = new(checked(width * stride));

    /// <summary>1/√(σ² + ε) per feature.</summary>
    public FloatBuffer Inverse { get; } = new(width);
}
