using System.Text.Json;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>
/// How a model file describes models, networks and families. Options of other models stand in it, too, and are held to the same rules.
/// </summary>
internal static class DetectorFamilyJson
{
    /// <summary>Writes a network, under the name <c>network</c>.</summary>
    public static void WriteNetwork(Utf8JsonWriter json, NetworkSpec network, BaseModel model)
    {
        json.WriteStartObject("network");
        json.WriteString("widths", network.ToString());
        json.WriteBoolean("batchNorm", network.BatchNorm);
        json.WriteBoolean("affine", network.Affine);
        json.WriteBoolean("bias", network.Bias);
        json.WriteString("degrees", (model as MaskedAutoregressiveFlow ?? new MaskedAutoregressiveFlow()).Degrees.ToShortName());
        json.WriteEndObject();
    }

    /// <summary>Writes a model's own options.</summary>
    public static void WriteModel(Utf8JsonWriter json, BaseModel model)
    {
        json.WriteNumber("pretrainEpochs", (model as DeepSvdd)?.PretrainEpochs ?? 0);
        json.WriteNumber("nu", (model as SoftBoundarySvdd ?? new SoftBoundarySvdd()).Nu);
        json.WriteBoolean("weightByDensity", (model as MaskedAutoregressiveFlow ?? new MaskedAutoregressiveFlow()).WeightByDensity);
    }

    /// <summary>Writes a family, all of it filled in but for the columns.</summary>
    public static void Write(Utf8JsonWriter json, DetectorFamily family)
    {
        json.WriteStartObject();
        json.WriteString("model", family.Model.Name);
        WriteNetwork(json, family.Network!, family.Model);
        if (family.Columns is { } columns)
        {
            json.WriteStartArray("columns");
            foreach (int column in columns) json.WriteNumberValue(column);
            json.WriteEndArray();
        }

        json.WriteNumber("count", family.Count);
        json.WriteNumber("epochs", family.Epochs!.Value);
        WriteModel(json, family.Model);
        json.WriteEndObject();
    }

    /// <summary>Reads a network.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    public static NetworkSpec ReadNetwork(JsonElement network) => NetworkSpec.Parse(Text(network, "widths")) with
    {
        BatchNorm = network.GetProperty("batchNorm").GetBoolean(),
        Affine = network.GetProperty("affine").GetBoolean(),
        Bias = network.GetProperty("bias").GetBoolean(),
    };

    /// <summary>Reads a model from its name, its network and its own options.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static BaseModel ReadModel(string name, JsonElement network, JsonElement options)
    {
        int pretrainEpochs = options.GetProperty("pretrainEpochs").GetInt32();
        BaseModel[] models =
        [
            new OneClassSvdd { PretrainEpochs = pretrainEpochs },
            new SoftBoundarySvdd { PretrainEpochs = pretrainEpochs, Nu = options.GetProperty("nu").GetDouble() },
            BaseModel.Autoencoder,
            new MaskedAutoregressiveFlow
            {
                Degrees = MadeDegreesNames.Parse(Text(network, "degrees")),
                WeightByDensity = options.GetProperty("weightByDensity").GetBoolean(),
            },
        ];
        foreach (BaseModel model in models) model.Validate();
        string wanted = BaseModel.Parse(name).Name;
        return models.First(model => model.Name == wanted);
    }

    /// <summary>Reads a family.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    public static DetectorFamily Read(JsonElement json)
    {
        JsonElement network = json.GetProperty("network");
        return new DetectorFamily
        {
            Model = ReadModel(Text(json, "model"), network, json),
            Network = ReadNetwork(network),
            Columns = json.TryGetProperty("columns", out JsonElement columns)
                ? [.. columns.EnumerateArray().Select(column => column.GetInt32())]
                : null,
            Count = json.GetProperty("count").GetInt32(),
            Epochs = json.GetProperty("epochs").GetInt32(),
        };
    }

    /// <summary>A property that is a text.</summary>
    public static string Text(JsonElement element, string property) =>
        element.GetProperty(property).GetString() ?? throw new FormatException($"'{property}' is null");
}
