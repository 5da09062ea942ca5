using Google.Protobuf;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx;

/// <summary>What an ONNX model that <see cref="OnnxExport"/> wrote says of itself; its networks are not read.</summary>
public sealed record OnnxModelInfo
{
    internal const string DescriptionKey = "iadnative";

    private const string Advice = "Give a file that iad export or ExportOnnx wrote.";

    private OnnxModelInfo(DetectorDescription detector) => Detector = detector;

    /// <summary>The program that wrote it, and its version.</summary>
    public string Producer { get; private init; } = "";

    /// <summary>The version of ONNX's file format.</summary>
    public long IrVersion { get; private init; }

    /// <summary>The version of the operators.</summary>
    public long Opset { get; private init; }

    /// <summary>Operations of the graph.</summary>
    public int Nodes { get; private init; }

    /// <summary>What callers give, such as <c>rows: float32 [rows, 36]</c>.</summary>
    public IReadOnlyList<string> Inputs { get; private init; } = [];

    /// <summary>What the model tells, such as <c>score: float32 [rows]</c>.</summary>
    public IReadOnlyList<string> Outputs { get; private init; } = [];

    /// <summary>What there is to know of the detector, in the form of its own model file.</summary>
    internal DetectorDescription Detector { get; }

    /// <summary>The base model's short name, such as <c>svdd</c>.</summary>
    public string Model => Detector.Options.Model.Name;

    /// <summary>How the detector was fitted.</summary>
    public FitOptions Options => Detector.Options;

    /// <summary>The columns of a row.</summary>
    public IReadOnlyList<FeatureColumn> Columns => Detector.Columns;

    /// <summary>Scores above this are labelled anomalous.</summary>
    public float Threshold => Detector.Threshold;

    /// <summary>Reads what a model says of itself. Nothing in it is trusted.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFormatException">It is no ONNX model, damaged, or none that this library wrote.</exception>
    /// <exception cref="ArgumentException">The path is null, empty, or none.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is a folder or must not be read.</exception>
    public static OnnxModelInfo Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        OnnxHeader header;
        try
        {
            header = OnnxHeader.Read(stream);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or FormatException)
        {
            throw new ModelFormatException(path, $"it is no ONNX model, or a damaged one: {exception.Message}", Advice, exception);
        }

        if (!header.Metadata.TryGetValue(DescriptionKey, out string? description))
            throw new ModelFormatException(path, $"it has no entry '{DescriptionKey}' in its metadata, so it is no ONNX model of this library.", Advice);
        return new OnnxModelInfo(DetectorFile.ReadDescription(description, path))
        {
            Producer = header.Producer,
            IrVersion = header.IrVersion,
            Opset = header.Opset,
            Nodes = header.Nodes,
            Inputs = header.Inputs,
            Outputs = header.Outputs,
        };
    }
}
