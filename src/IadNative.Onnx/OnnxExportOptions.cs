namespace IadNative.Onnx;

/// <summary>How a detector becomes an ONNX model.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>What the model tells of each row. What is left out costs nothing.</summary>
    public OnnxOutputs Outputs { get; init; } = OnnxOutputs.All;

    /// <exception cref="ArgumentException">There is no output, or one that is none.</exception>
    internal void Validate()
    {
        if ((Outputs & ~OnnxOutputs.All) != 0 || Outputs == OnnxOutputs.None)
            throw new ArgumentException($"{Outputs} is no choice of outputs. Name {OnnxOutputs.Score}, {OnnxOutputs.Percentile}, {OnnxOutputs.Label}, or several.", nameof(Outputs));
    }
}
