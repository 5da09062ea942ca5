using System.Text.Json;

namespace IadNative.Detectors.Options;

/// <summary>
/// How a model file describes options: those of the network, those of training, and families. Options of the first models stand in
/// it at their defaults where the model is another; those of later models do not.
/// </summary>
internal static class OptionsJson
{
    /// <summary>Writes the network, under the name <c>network</c>.</summary>
    public static void WriteNetwork(Utf8JsonWriter json, FitOptions options) => WriteSection(json, "network", FileSection.Network, options);

    /// <summary>Writes how rounds train, under the name <c>training</c>.</summary>
    public static void WriteTraining(Utf8JsonWriter json, FitOptions options) =>
        WriteSection(json, "training", FileSection.Training, options);

    /// <summary>Writes a family, all of it filled in but for the columns.</summary>
    public static void WriteFamily(Utf8JsonWriter json, DetectorFamily family)
    {
        var options = new FitOptions { Model = family.Model, Network = family.Network };
        json.WriteStartObject();
        json.WriteString("model", family.Model.Name);
        WriteNetwork(json, options);
        if (family.Columns is { } columns)
        {
            json.WriteStartArray("columns");
            foreach (int column in columns) json.WriteNumberValue(column);
            json.WriteEndArray();
        }

        json.WriteNumber("count", family.Count);
        json.WriteNumber("epochs", family.Epochs!.Value);
        if (family.ColumnsPerMember is { } perMember) json.WriteNumber("columnsPerMember", perMember);
        if (family.Steps is { } steps) json.WriteNumber("steps", steps);
        if (family.RowsPerMember is { } rows) json.WriteNumber("rowsPerMember", rows);
        if (family.LearningRate is { } rate) json.WriteNumber("learningRate", rate);
        if (family.Range is { } range) json.WriteNumber("range", range);
        if (family.Weight != 1) json.WriteNumber("weight", family.Weight);
        if (!family.Votes) json.WriteBoolean("votes", false);
        foreach (FitOption option in Own(family.Model)) option.WriteFile(json, options);
        json.WriteEndObject();
    }

    /// <summary>Reads all options but families.</summary>
    /// <exception cref="FormatException">They make no sense.</exception>
    /// <exception cref="KeyNotFoundException">One is missing.</exception>
    public static FitOptions Read(JsonElement json)
    {
        FitOptions options = ReadSection(json, FileSection.Root, new FitOptions());
        options = ReadSection(json.GetProperty("network"), FileSection.Network, options);
        options = ReadSection(json.GetProperty("training"), FileSection.Training, options);
        if (json.TryGetProperty("preparation", out JsonElement preparation)) options = PreparationFile.ReadOptions(preparation, options);
        return json.TryGetProperty("image", out JsonElement image)
            ? FitOptionTable.Of("normalization").ReadFile(image, options)
            : options;
    }

    /// <summary>Reads a family.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    /// <exception cref="KeyNotFoundException">A part of it is missing.</exception>
    public static DetectorFamily ReadFamily(JsonElement json)
    {
        FitOptions options = FitOptionTable.Of("model").ReadFile(json, new FitOptions());
        options = ReadSection(json.GetProperty("network"), FileSection.Network, options);
        foreach (FitOption option in Own(options.Model)) options = option.ReadFile(json, options);
        return new DetectorFamily
        {
            Model = options.Model,
            Network = options.Network,
            Columns = json.TryGetProperty("columns", out JsonElement columns)
                ? [.. columns.EnumerateArray().Select(column => column.GetInt32())]
                : null,
            Count = json.GetProperty("count").GetInt32(),
            Epochs = json.GetProperty("epochs").GetInt32(),
            ColumnsPerMember = Whole("columnsPerMember"),
            Steps = Whole("steps"),
            RowsPerMember = Whole("rowsPerMember"),
            LearningRate = Real("learningRate"),
            Range = Real("range"),
            Weight = Real("weight") ?? 1,
            Votes = !json.TryGetProperty("votes", out JsonElement votes) || votes.GetBoolean(),
        };

        int? Whole(string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : null;

        double? Real(string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
    }

    // Models' own options that do not stand with the network.
    private static IEnumerable<FitOption> Own(BaseModel model) => In(FileSection.Training, model).Where(option => option.IsOfModel);

    private static IEnumerable<FitOption> In(FileSection section, BaseModel model) =>
        FitOptionTable.In(section).Where(option => !option.IsLeftOutElsewhere || option.OfModel!(model));

    private static void WriteSection(Utf8JsonWriter json, string name, FileSection section, FitOptions options)
    {
        json.WriteStartObject(name);
        foreach (FitOption option in In(section, options.Model)) option.WriteFile(json, options);
        json.WriteEndObject();
    }

    // The model stands in the root, which is read before the sections with its options.
    private static FitOptions ReadSection(JsonElement json, FileSection section, FitOptions options) =>
        In(section, options.Model).Aggregate(options, (read, option) => option.ReadFile(json, read));
}
