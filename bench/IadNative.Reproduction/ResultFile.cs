using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace IadNative.Reproduction;

/// <summary>
/// The file of a result: one JSON object with the SHA-256 of all else that is in it, so that a number which was edited or damaged is
/// noticed. It guards against accidents; whoever wants to can write another checksum.
/// </summary>
/// <typeparam name="T">What is kept.</typeparam>
/// <param name="Content">What the file holds; null where there is nothing to be had.</param>
/// <param name="Fault">Why there is nothing, in words that follow the file's name; null where it is sound or not there.</param>
/// <param name="HasChecksum">False where an earlier version wrote it, which knew of none.</param>
internal readonly record struct ResultFile<T>(T? Content, string? Fault, bool HasChecksum)
    where T : class
{
    private const string Checksum = "checksum";
    private const string NotOurs = "is not what this program writes: it was edited or damaged";

    /// <summary>The largest file that is read, in bytes. A figure takes less than a megabyte.</summary>
    private const long Largest = 16 << 20;

    private static readonly JsonDocumentOptions s_once = new() { AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions s_indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>The content of a file.</summary>
    public static byte[] Write(T value, JsonTypeInfo<T> type)
    {
        JsonObject content = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(value, type))!.AsObject();
        content.Add(Checksum, ChecksumOf(content));
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_indented)) content.WriteTo(writer);
        return stream.ToArray();
    }

    /// <summary>Reads a file. Nothing is thrown, and nothing waited for, whatever lies there.</summary>
    public static ResultFile<T> Read(string path, JsonTypeInfo<T> type)
    {
        if (ResultPlace.ObstacleAt(path) is { } obstacle) return new(null, obstacle, false);
        try
        {
            FileInfo file = ResultPlace.Resolve(path);
            if (!file.Exists) return default;
            // Pipes and devices have no length. Opening a pipe would wait for somebody to write to it.
            if (file.Length == 0) return new(null, "is empty, or no file but a pipe or a device", false);
            if (file.Length > Largest) return new(null, $"is larger than {Largest >> 20} MiB, which no result is", false);
            return Parse(File.ReadAllBytes(file.FullName), type);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new(null, "cannot be read", false);
        }
    }

    /// <summary>Reads the content of a file; nothing is thrown.</summary>
    public static ResultFile<T> Parse(byte[] bytes, JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonNode.Parse(bytes, documentOptions: s_once) is not JsonObject content) return new(null, NotOurs, false);
            bool has = content.TryGetPropertyValue(Checksum, out JsonNode? checksum);
            content.Remove(Checksum);
            if (has && !Matches(checksum, content)) return new(null, "does not match its checksum: it was edited or damaged", has);
            T? value = content.Deserialize(type);
            return new(value, value is null ? NotOurs : null, has);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter of half a character pair.
            return new(null, NotOurs, false);
        }
    }

    private static bool Matches(JsonNode? checksum, JsonObject content) =>
        checksum?.GetValueKind() == JsonValueKind.String && checksum.GetValue<string>() == ChecksumOf(content);

    /// <summary>SHA-256 of the content without spaces; numbers as they are written.</summary>
    private static string ChecksumOf(JsonObject content) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content.ToJsonString())));
}
