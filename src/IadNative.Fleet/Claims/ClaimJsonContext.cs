using System.Text.Json.Serialization;

namespace IadNative.Fleet.Claims;

/// <summary>JSON of claims, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    NewLine = "\n",
    WriteIndented = true)]
[JsonSerializable(typeof(ClaimOwner))]
internal sealed partial class ClaimJsonContext : JsonSerializerContext;
