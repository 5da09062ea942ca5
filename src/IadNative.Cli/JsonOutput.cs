using System.Text;
using System.Text.Json;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary>Writes one JSON object to a file, or to standard output.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n" };

    /// <summary>The option --json.</summary>
    public static System.CommandLine.Option<string?> Option() => CommandOptions.Text("--json", "FILE",
        "Also write one JSON object to this file; '-' is standard output, where nothing else then goes.");

    /// <summary>Writes the object to a target that is a file; does nothing where it is another or none.</summary>
    public static void Write(ResultFiles files, string? target, Action<Utf8JsonWriter> write)
    {
        if (target != OutputFile.StandardOutput)
            files.Write(target, path => AtomicFile.Write(path, stream => Write(stream, write)));
    }

    /// <summary>Writes the object to standard output.</summary>
    public static void Print(Terminal terminal, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        Write(buffer, write);
        terminal.Data.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        terminal.Data.Flush();
    }

    /// <summary>Writes one indented object and a line break.</summary>
    public static void Write(Stream stream, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(stream, s_options))
        {
            write(writer);
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>A number, or null where it is not finite, which JSON cannot say.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>A float32 in its own shortest form, or null where it is not finite.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>A number in an array, or null where it is not finite.</summary>
    public static void WriteFiniteValue(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    /// <summary>A number; nothing at all when it is absent.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } present) json.WriteFinite(name, present);
    }

    /// <summary>A number, or null when it is absent.</summary>
    public static void WriteNullable(this Utf8JsonWriter json, string name, double? value) => json.WriteFinite(name, value ?? double.NaN);

    /// <summary>A whole number, or null when it is absent.</summary>
    public static void WriteNullable(this Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } present) json.WriteNumber(name, present);
        else json.WriteNull(name);
    }
}
