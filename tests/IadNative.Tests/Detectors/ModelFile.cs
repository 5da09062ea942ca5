using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace IadNative.Tests.Detectors;

/// <summary>A saved model, taken apart so that a test can damage one thing in a file that is otherwise well-formed.</summary>
internal sealed class ModelFile
{
    public ModelFile(byte[] saved)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(saved);
        JsonObject header = JsonNode.Parse(saved.AsSpan(8, length))!.AsObject();
        foreach ((string name, JsonNode? node) in header)
        {
            if (name == "__metadata__")
            {
                Description = JsonNode.Parse(node!["iadnative"]!.GetValue<string>())!.AsObject();

                // The tests that damage one thing want the message for that thing.
                Description.Remove("checksum");
                continue;
            }

            int begin = node!["data_offsets"]![0]!.GetValue<int>(), end = node["data_offsets"]![1]!.GetValue<int>();
            int[] shape = [.. node["shape"]!.AsArray().Select(dimension => dimension!.GetValue<int>())];
            Tensors.Add(name, new Tensor(node["dtype"]!.GetValue<string>(), shape,
                saved[(8 + length + begin)..(8 + length + end)]));
        }
    }

    public JsonObject Description { get; } = [];

    public Dictionary<string, Tensor> Tensors { get; } = [];

    /// <summary>Takes the place of the description; null leaves it.</summary>
    public string? RawDescription { get; set; }

    public Span<float> Floats(string name) => MemoryMarshal.Cast<byte, float>(Tensors[name].Data.AsSpan());

    public Span<double> Doubles(string name) => MemoryMarshal.Cast<byte, double>(Tensors[name].Data.AsSpan());

    public Span<int> Ints(string name) => MemoryMarshal.Cast<byte, int>(Tensors[name].Data.AsSpan());

    /// <summary>How the description says a family is.</summary>
    public JsonObject Family(int index) => Description["families"]![index]!.AsObject();

    /// <summary>Holds a saved model, damaged, to be refused in words of which some are given.</summary>
    public static void AssertRefused(byte[] saved, Action<ModelFile> damage, string said = "")
    {
        var file = new ModelFile(saved);
        damage(file);
        byte[] bytes = file.ToBytes();
        Assert.That(() => SyntheticData.Loaded(bytes), Throws.TypeOf<ModelFormatException>().With.Message.Contains(said));
    }

    public void Reshape(string name, params int[] shape) => Tensors[name] = Tensors[name] with
    {
        Shape = shape,
        Data = new byte[shape.Aggregate(Tensors[name].ElementType == "F64" ? 8 : 4, (size, length) => size * length)],
    };

    public byte[] ToBytes()
    {
        var header = new JsonObject
        {
            ["__metadata__"] = new JsonObject { ["iadnative"] = RawDescription ?? Description.ToJsonString() },
        };
        var data = new List<byte>();
        foreach ((string name, Tensor tensor) in Tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = tensor.ElementType,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(dimension => JsonValue.Create(dimension))]),
                ["data_offsets"] = new JsonArray(data.Count, data.Count + tensor.Data.Length),
            };
            data.AddRange(tensor.Data);
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. data];
    }

    public sealed record Tensor(string ElementType, int[] Shape, byte[] Data);
}
