using System.Text.Json;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors.Options;
using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative.Detectors;

/// <summary>How a model file describes the preparation of rows: numbers as tensors, everything else as JSON.</summary>
internal static class PreparationFile
{
    private const float ClipOfThirdFormat = 10;

    /// <summary>Whether the third format can describe it: that only says whether there is a clip, which is at 10.</summary>
    public static bool IsOfThirdFormat(RowPreparation preparation) => preparation.Clip is null or ClipOfThirdFormat;

    /// <summary>Adds the tensors.</summary>
    public static void Add(SafetensorsWriter file, RowPreparation preparation)
    {
        int columns = preparation.Columns.Count;
        file.Add<double>("preparation.center", [preparation.Width], preparation.Center);
        file.Add<double>("preparation.scale", [preparation.Width], preparation.Scale);
        file.Add<double>("preparation.mean", [columns], [.. preparation.Columns.Select(column => Known(column.Mean))]);
        file.Add<double>("preparation.median", [columns], [.. preparation.Columns.Select(column => Known(column.Median))]);
    }

    /// <summary>Writes the rest under the name <c>preparation</c>.</summary>
    public static void Describe(Utf8JsonWriter json, DetectorContent content)
    {
        RowPreparation preparation = content.Preparation;
        json.WriteStartObject("preparation");
        foreach (FitOption option in FitOptionTable.In(FileSection.Preparation)) option.WriteFile(json, content.Options);
        if (IsOfThirdFormat(preparation)) json.WriteBoolean("clips", preparation.Clip is not null);
        else json.WriteNumber("clip", preparation.Clip!.Value);
        json.WriteBoolean("areNamed", content.AreFeaturesNamed);
        json.WriteBoolean("keepsFills", preparation.Columns.All(column => double.IsFinite(column.Mean)));
        json.WriteStartArray("columns");
        foreach (ColumnPreparation column in preparation.Columns) Write(json, column);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Options of the preparation that a file has.</summary>
    public static FitOptions ReadOptions(JsonElement json, FitOptions options) => FitOptionTable.In(FileSection.Preparation)
        .Aggregate(options, (read, option) =>
            json.GetProperty(option.FileName ?? option.JsonName).ValueKind == JsonValueKind.Null ? read : option.ReadFile(json, read));

    /// <summary>Reads the preparation.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    /// <exception cref="KeyNotFoundException">A part of it is missing.</exception>
    public static RowPreparation Read(SafetensorsFile file, JsonElement json, FitOptions options)
    {
        ColumnPreparation[] columns = ReadColumns(json);
        int count = columns.Length;
        double[] means = file.Float64("preparation.mean", count), medians = file.Float64("preparation.median", count);
        bool keepsFills = json.GetProperty("keepsFills").GetBoolean();
        ColumnPreparation[] read = [.. columns.Select((column, i) => column with
        {
            Mean = keepsFills ? means[i] : double.NaN,
            Median = keepsFills ? medians[i] : double.NaN,
        })];
        if (keepsFills && !(Array.TrueForAll(means, double.IsFinite) && Array.TrueForAll(medians, double.IsFinite)))
            throw new FormatException("what missing cells take is not finite");
        int width = read.Sum(column => column.Width);
        return new RowPreparation(
            read, file.Float64("preparation.center", width), file.Float64("preparation.scale", width), ReadClip(json), options.Imputation);
    }

    /// <summary>Reads the columns, without what only tensors hold.</summary>
    /// <exception cref="FormatException">They make no sense.</exception>
    /// <exception cref="KeyNotFoundException">A part of them is missing.</exception>
    public static ColumnPreparation[] ReadColumns(JsonElement json)
    {
        ColumnPreparation[] columns = [.. json.GetProperty("columns").EnumerateArray().Select(ReadColumn)];
        return columns.Length == 0 ? throw new FormatException("there is no feature") : columns;
    }

    // Files used to say only whether there is one, and then it was that of the third format.
    private static float? ReadClip(JsonElement json)
    {
        if (!json.TryGetProperty("clip", out JsonElement clip)) return json.GetProperty("clips").GetBoolean() ? ClipOfThirdFormat : null;
        float value = clip.GetSingle();
        return value > 0 && float.IsFinite(value) ? value : throw new FormatException($"the clip {value} of prepared features is not above 0 and finite");
    }

    private static double Known(double value) => double.IsNaN(value) ? 0 : value;

    private static void Write(Utf8JsonWriter json, ColumnPreparation column)
    {
        json.WriteStartObject();
        json.WriteString("name", column.Column.Name);
        if (column.Column.Kind != FeatureKind.Number) json.WriteString("kind", column.Column.Kind.ToString());
        if (column.IsWide) json.WriteBoolean("wide", true);
        if (column.Constant is { } constant) json.WriteNumber("constant", constant);
        if (column.Column.Kind == FeatureKind.Category)
        {
            json.WriteStartArray("levels");
            foreach (string level in column.Column.Levels) json.WriteStringValue(level);
            json.WriteEndArray();
            json.WriteStartArray("logShares");
            foreach (double share in column.LogShares) json.WriteNumberValue(share);
            json.WriteEndArray();
            json.WriteNumber("unseenLogShare", column.UnseenLogShare);
        }

        json.WriteEndObject();
    }

    private static ColumnPreparation ReadColumn(JsonElement json)
    {
        FeatureKind kind = json.TryGetProperty("kind", out JsonElement text)
            ? Enum.TryParse(text.GetString(), out FeatureKind named) && Enum.IsDefined(named) ? named
                : throw new FormatException($"{ForeignText.Quote(text.ToString())} is no kind of column")
            : FeatureKind.Number;
        bool isCategory = kind == FeatureKind.Category;
        string[] levels = isCategory ? [.. json.GetProperty("levels").EnumerateArray().Select(level => level.GetString() ?? "")] : [];
        double[] shares = isCategory ? [.. json.GetProperty("logShares").EnumerateArray().Select(share => share.GetDouble())] : [];
        if (levels.Length != shares.Length || !Array.TrueForAll(shares, double.IsFinite) || levels.Distinct().Count() != levels.Length)
            throw new FormatException("the levels of a category make no sense");
        double unseen = isCategory ? json.GetProperty("unseenLogShare").GetDouble() : 0;
        if (!double.IsFinite(unseen)) throw new FormatException("the share of levels that are not known is not finite");
        double? constant = json.TryGetProperty("constant", out JsonElement value) ? value.GetDouble() : null;
        return new ColumnPreparation(new FeatureColumn(json.GetProperty("name").GetString() ?? "", kind) { Levels = levels })
        {
            IsWide = json.TryGetProperty("wide", out JsonElement wide) && wide.GetBoolean(),
            Constant = constant is null || double.IsFinite(constant.Value) ? constant : throw new FormatException("a constant is not finite"),
            LogShares = shares,
            UnseenLogShare = unseen,
        };
    }
}
