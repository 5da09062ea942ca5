using System.Text.Json;
using System.Text.Json.Serialization;

namespace IadNative.Bench.Gpu;

/// <summary>A workload by its name.</summary>
internal sealed class GpuWorkloadName : JsonConverter<GpuWorkload>
{
    public override GpuWorkload Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? name = reader.GetString();
        return GpuWorkloads.All.FirstOrDefault(workload => workload.Name == name) ?? throw new JsonException($"There is no model {name}.");
    }

    public override void Write(Utf8JsonWriter writer, GpuWorkload value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
