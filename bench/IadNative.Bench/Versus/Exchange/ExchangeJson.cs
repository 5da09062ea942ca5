using System.Text.Json;
using System.Text.Json.Serialization;

namespace IadNative.Bench.Versus.Exchange;

/// <summary>
/// The lines between `versus` and the process of the peers: one whose losses are not finite must be able to say so.
/// </summary>
public static class ExchangeJson
{
    private static readonly JsonSerializerOptions s_options =
        new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>A message as one line.</summary>
    public static string Write<T>(T message) => JsonSerializer.Serialize(message, s_options);

    /// <summary>The message of a line.</summary>
    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, s_options)!;
}
