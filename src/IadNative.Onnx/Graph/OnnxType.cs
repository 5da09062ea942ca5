namespace IadNative.Onnx.Graph;

/// <summary>Types of the elements of a tensor, by their numbers in onnx.proto.</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Bool = 9,
    Double = 11,
}
