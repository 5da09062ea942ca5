using System.Text.Json.Serialization;
using IadNative.Bench.Gpu.Lab;

namespace IadNative.Bench.Gpu;

/// <summary>Results as JSON; what lacks a field is no result.</summary>
[JsonSerializable(typeof(GpuReport))]
[JsonSerializable(typeof(LabReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IgnoreReadOnlyProperties = true,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
internal sealed partial class GpuJson : JsonSerializerContext;
