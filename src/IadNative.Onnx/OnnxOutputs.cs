namespace IadNative.Onnx;

/// <summary>What an exported model tells of each row.</summary>
[Flags]
public enum OnnxOutputs
{
    /// <summary>Nothing; no model has that.</summary>
    None = 0,

    /// <summary><c>score</c>: the anomaly score, float32, one per row.</summary>
    Score = 1,

    /// <summary><c>percentile</c>: where the score stands among the training scores, 0 to 100, float64, one per row.</summary>
    Percentile = 2,

    /// <summary><c>label</c>: 1 for a score above the threshold, 0 for others, int64, one per row.</summary>
    Label = 4,

    /// <summary>All of these.</summary>
    All = Score | Percentile | Label,
}
