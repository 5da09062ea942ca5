using System.Buffers;
using System.Text;
using System.Text.Json;
using IadNative.Messages;

namespace IadNative.Fleet;

/// <summary>
/// A result as a file: a line with the SHA-256 of all that follows, a line of JSON, and the bytes of the model, whose own SHA-256 is in
/// the JSON. The same result has the same bytes.
/// </summary>
public static class JobResultFile
{
    private const string Format = "iadnative.job/1";

    /// <summary>The file of a result.</summary>
    /// <exception cref="ArgumentException">It has neither a detector nor a failure, or both; or a key or digest is no SHA-256.</exception>
    public static byte[] Write(JobResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Digest.Require(result.Key, nameof(result));
        if (result.Detector is null == result.Failure is null) throw new ArgumentException("A result is a detector or a failure.", nameof(result));
        if (result.Detector is { } fitted && Digest.Of(fitted.Model.Span) != fitted.Digest)
            throw new ArgumentException("The model's digest is not that of its bytes.", nameof(result));
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) WriteHeader(json, result);
        buffer.Write("\n"u8);
        if (result.Detector is { } detector) buffer.Write(detector.Model.Span);
        return [.. Encoding.ASCII.GetBytes(Digest.Of(buffer.WrittenSpan)), (byte)'\n', .. buffer.WrittenSpan];
    }

    /// <summary>Reads a result; nothing in it is trusted.</summary>
    /// <param name="content">The file.</param>
    /// <param name="key">The key that it must have.</param>
    /// <exception cref="DataFormatException">It is damaged, no result, or that of another job.</exception>
    /// <exception cref="ArgumentException"><paramref name="key"/> is no SHA-256.</exception>
    public static JobResult Read(byte[] content, string key)
    {
        ArgumentNullException.ThrowIfNull(content);
        Digest.Require(key, nameof(key));
        ReadOnlySpan<byte> rest = content.AsSpan(Math.Min(content.Length, Digest.Length + 1));
        if (content.Length <= Digest.Length || content[Digest.Length] != '\n'
            || Encoding.ASCII.GetString(content.AsSpan(0, Digest.Length)) != Digest.Of(rest))
            throw Bad("its bytes do not have the checksum in its first line");
        int end = rest.IndexOf((byte)'\n');
        if (end < 0) throw Bad("it ends in the middle");
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                content.AsMemory(Digest.Length + 1, end), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            JobResult result = ReadHeader(document.RootElement, content.AsMemory(Digest.Length + 1 + end + 1));
            return result.Key == key ? result : throw new FormatException("it is the result of another job");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw Bad(ForeignText.Shorten(e.Message, ForeignText.LongestReason), e);
        }
    }

    private static DataFormatException Bad(string reason, Exception? inner = null) => new($"This is no whole result of a job: {reason}.", inner!);

    private static void WriteHeader(Utf8JsonWriter json, JobResult result)
    {
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("key", result.Key);
        json.WriteString("engine", result.Engine);
        json.WriteNumber("seconds", result.Seconds);
        if (result.Detector is { } detector)
        {
            json.WriteString("digest", detector.Digest);
            if (detector.Auc is { } auc) json.WriteNumber("auc", auc);
            json.WriteNumber("rounds", detector.Rounds);
            json.WriteNumber("threshold", detector.Threshold);
            json.WriteNumber("flagged", detector.Flagged);
            json.WriteStartArray("alarms");
            foreach (string alarm in detector.Alarms) json.WriteStringValue(alarm);
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("failure", result.Failure!.Message);
            json.WriteNumber("attempts", result.Failure.Attempts);
        }

        json.WriteEndObject();
    }

    private static JobResult ReadHeader(JsonElement json, ReadOnlyMemory<byte> model)
    {
        if (Text("format") is var format && format != Format)
            throw new FormatException($"it is of the format {ForeignText.Quote(format)}, and this version knows {Format}");
        var result = new JobResult { Key = Text("key"), Engine = Text("engine"), Seconds = json.GetProperty("seconds").GetDouble() };
        if (json.TryGetProperty("failure", out _)) return result with { Failure = new JobFailure(Text("failure"), json.GetProperty("attempts").GetInt32()) };
        if (Digest.Of(model.Span) != Text("digest")) throw new FormatException("its model does not have the digest that it names");
        return result with
        {
            Detector = new FittedDetector
            {
                Model = model,
                Digest = Text("digest"),
                Auc = json.TryGetProperty("auc", out JsonElement auc) ? auc.GetDouble() : null,
                Rounds = json.GetProperty("rounds").GetInt32(),
                Threshold = json.GetProperty("threshold").GetSingle(),
                Flagged = json.GetProperty("flagged").GetInt32(),
                Alarms = [.. json.GetProperty("alarms").EnumerateArray().Select(alarm => alarm.GetString() ?? "")],
            },
        };

        string Text(string name) => json.GetProperty(name).GetString() ?? throw new FormatException($"its {name} is null");
    }
}
