using System.Text.Json.Serialization;

namespace IadNative.Reproduction;

/// <summary>JSON of stored trials and of results, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    NewLine = "\n",
    WriteIndented = true)]
[JsonSerializable(typeof(TrialResult))]
[JsonSerializable(typeof(StoredFigure))]
[JsonSerializable(typeof(ReproductionReport))]
internal sealed partial class ReproductionJsonContext : JsonSerializerContext;
