using System.Text.Json.Serialization;

namespace IadNative.Bench.Gpu;

/// <summary>Results as JSON; what lacks a field is no result.</summary>
[JsonSerializable(typeof(GpuReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IgnoreReadOnlyProperties = true,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
internal sealed partial class GpuJson : JsonSerializerContext;
