namespace IadNative.Compute.Cpu;

/// <summary>What a dense layer with batch norm keeps from its forward for its backward pass.</summary>
internal sealed class DenseWorkspace(DenseLayer layer, int stride)
{
    /// <summary>ẑ, outputs × stride.</summary>
    public FloatBuffer Normalized { get; } = new(checked(layer.Outputs * stride));

    /// <summary>1/√(σ² + ε) per output.</summary>
    public FloatBuffer Inverse { get; } = new(layer.Outputs);
}
