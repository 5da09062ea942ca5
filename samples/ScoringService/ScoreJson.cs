using System.Text.Json.Serialization;
using IadNative.Extensions.Hosting;

namespace ScoringService;

/// <summary>Rows to score.</summary>
internal sealed record ScoreRequest(RowMatrix? Rows);

/// <summary>What came of each row, in their order.</summary>
internal sealed record ScoreResponse(RowAnswer[] Rows);

/// <summary>The score of a row, or why it has none and the first cell at fault.</summary>
internal readonly record struct RowAnswer(ScoreStatus Status, float? Score, double? Percentile, bool? IsAnomaly, int? Column);

/// <summary>Why nothing was scored.</summary>
internal sealed record ScoreRefusal(string Error);

/// <summary>How they are read and written, generated when this is compiled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScoreRequest))]
[JsonSerializable(typeof(ScoreResponse))]
[JsonSerializable(typeof(ScoreRefusal))]
internal sealed partial class ScoreJson : JsonSerializerContext;
