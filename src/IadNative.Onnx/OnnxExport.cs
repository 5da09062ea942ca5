using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Onnx.Export;
using IadNative.Onnx.Graph;
using IadNative.Persistence;

namespace IadNative.Onnx;

/// <summary>
/// Writes detectors as models of the Open Neural Network Exchange: one graph from raw features to anomaly score, percentile and label,
/// with imputation, encoding, scaling, all members and the threshold inside.
/// </summary>
public static class OnnxExport
{
    /// <summary>The version of the operators that models are written in: what runs ONNX has known them since the year 2020.</summary>
    public const int Opset = OnnxGraph.Opset;

    // What protocol buffers and those who read them take at most.
    private const long MostBytes = int.MaxValue - (1 << 20);

    private const string Producer = "IadNative";

    /// <summary>Writes a model file: to a temporary file beside it, then renamed.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="path">The file, by custom one that ends in <c>.onnx</c>.</param>
    /// <param name="options">What the model tells; null for all.</param>
    /// <exception cref="ArgumentException">There is no detector or no output; or the path is null, empty, or none.</exception>
    /// <exception cref="NotSupportedException">The model would be larger than 2 GiB.</exception>
    /// <exception cref="PlatformNotSupportedException">The processor is big-endian, which files are not.</exception>
    /// <exception cref="IOException">The file cannot be written; an older file of that name is left as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// The folder may not be written to; or anybody may, and another user's file or link has that name.
    /// </exception>
    public static void ExportOnnx(this AnomalyDetector detector, string path, OnnxExportOptions? options = null)
    {
        byte[] model = ToModel(detector, options);
        AtomicFile.Write(path, stream => stream.Write(model));
    }

    /// <summary>Writes a model's bytes.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="stream">Receives the model.</param>
    /// <param name="options">What the model tells; null for all.</param>
    /// <exception cref="ArgumentException">There is no detector, no stream or no output.</exception>
    /// <exception cref="NotSupportedException">The model would be larger than 2 GiB; or the stream cannot be written, or not so much.</exception>
    /// <exception cref="PlatformNotSupportedException">The processor is big-endian, which files are not.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public static void ExportOnnx(this AnomalyDetector detector, Stream stream, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(ToModel(detector, options));
    }

    private static byte[] ToModel(AnomalyDetector detector, OnnxExportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(detector);
        options ??= new OnnxExportOptions();
        options.Validate();
        DetectorContent content = detector.Content;
        SafetensorsElement.RequireLittleEndianHost();

        // Weights are in float32; of the state, points and coefficients of a regression are in float64.
        long bytes = content.Members.Sum(
            member => ((long)member.Plan.Parameters.Length * sizeof(float)) + ((long)member.Plan.State.Length * sizeof(double)));
        if (bytes > MostBytes)
            throw new NotSupportedException($"The networks of this detector take {bytes} bytes: an ONNX model of them would be larger than 2 GiB, more than its format takes.");
        return DetectorGraph.Write(content, options.Outputs).ToFile(
            "detector", (Producer, Version), Describe(detector),
            (OnnxModelInfo.DescriptionKey, DetectorFile.Describe(content)),
            ("threshold", detector.Threshold.ToString("r", CultureInfo.InvariantCulture)),
            ("features", NamesOf(detector)));
    }

    // A JSON array: a name may hold whatever stands between others.
    private static string NamesOf(AnomalyDetector detector)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (string name in detector.FeatureNames) json.WriteStringValue(name);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Version => typeof(OnnxExport).Assembly.GetName().Version!.ToString(3);

    private static string Describe(AnomalyDetector detector)
    {
        string values = detector.Image is { } image ? $"the values of an image of {image}, row by row"
            : detector.Columns.Any(column => column.Kind == FeatureKind.Category)
                ? "raw cells in the order of the columns, of categories the place of the level in its list, from 0"
                : "raw cells in the order of the columns";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{detector.Model.Title} fitted by IAD. {DetectorGraph.Input}: {values}; NaN for a missing one. The higher the score, the more "
            + $"anomalous; label is 1 for scores above {detector.Threshold:r}; percentile is that among the training scores.");
    }
}
