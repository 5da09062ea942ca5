using System.Buffers;
using System.Text.Json;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors.Options;
using IadNative.Models;
using IadNative.Persistence;

namespace IadNative.Detectors;

/// <summary>
/// The model file: safetensors. Tensors: preparation and scaler, per member its weights, running statistics, center and radius, the
/// members' median scores, quantiles of the training scores. <c>__metadata__</c> holds one JSON string with everything else. The third
/// format is written; the first knew neither families nor preparations, the second no preparations, and neither a checksum.
/// </summary>
internal static class DetectorFile
{
    private const string MetadataKey = "iadnative";
    private const string ChecksumKey = "checksum";
    private const int OneFamily = 1, SeveralFamilies = 2, WithPreparation = 3;

    /// <summary>Writes a detector.</summary>
    public static void Write(DetectorContent content, Stream stream)
    {
        var file = new SafetensorsWriter { IsSealed = true };
        file.Metadata[MetadataKey] = Describe(content);
        PreparationFile.Add(file, content.Preparation);
        int features = content.Preparation.Width;
        file.Add<float>("scaler.offset", [features], content.Scaler.Offset);
        file.Add<float>("scaler.scale", [features], content.Scaler.Scale);
        file.Add<float>("score.quantiles", [content.Quantiles.Length], content.Quantiles);
        file.Add<double>("score.medians", [content.Members.Count], [.. content.Members.Select(member => member.Median)]);
        for (int k = 0; k < content.Members.Count; k++)
        {
            (Plan plan, TrainedNetwork network) = (content.Members[k].Plan, content.Members[k].Trained);
            foreach (TensorSlot slot in plan.Parameters.Slots)
                file.Add<float>(TensorName(k, slot), Shape(slot), network.Parameters.AsSpan(slot.Offset, slot.Length));
            foreach (TensorSlot slot in plan.Statistics.Slots)
                file.Add<float>(TensorName(k, slot), Shape(slot), network.Statistics.AsSpan(slot.Offset, slot.Length));
            foreach (TensorSlot slot in plan.State.Slots)
                file.Add<float>(TensorName(k, slot), StateShape(slot), network.State.AsSpan(slot.Offset, slot.Length));
        }

        file.Write(stream);
    }

    /// <summary>Reads a detector; nothing in the file is trusted.</summary>
    /// <exception cref="ModelFormatException">The file is no model, damaged, or of a newer format.</exception>
    public static DetectorContent Read(Stream stream, string name)
    {
        SafetensorsFile file = SafetensorsFile.Read(stream, name);
        if (!file.Metadata.TryGetValue(MetadataKey, out string? json))
            throw Bad(name, "it has no 'iadnative' entry in its metadata, so it is no IadNative model.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(file, document.RootElement, name);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException
            or ArgumentException or OverflowException)
        {
            throw Bad(name, $"its description does not make sense: {e.Message}", e);
        }
    }

    private static DetectorContent Read(SafetensorsFile file, JsonElement json, string name)
    {
        int version = json.GetProperty("format").GetInt32();
        if (version is < OneFamily or > WithPreparation)
        {
            throw new ModelFormatException(
                name, $"it has format {version}; this version reads formats {OneFamily} to {WithPreparation}.",
                "Use the version that saved it.");
        }

        // A file that lost the entry with its checksum says here that there was one.
        if (json.TryGetProperty(ChecksumKey, out _) && !file.IsSealed)
            throw Bad(name, "its description speaks of a checksum, but its metadata hold none.");
        FitOptions options = OptionsJson.Read(json);
        if (version == SeveralFamilies || json.TryGetProperty("families", out _)) options = WithFamilies(options, json);
        options.Validate();
        RowPreparation preparation = version == WithPreparation
            ? PreparationFile.Read(file, json.GetProperty("preparation"), options)
            : RowPreparation.Identity(ReadNames(json));
        FeatureColumn[] columns = [.. preparation.Columns.Select(column => column.Column)];
        ImageShape? image = ReadImage(json, columns.Length);
        Plan[] plans = WritePlans(options.AllFamilies, columns, file);
        var content = new DetectorContent
        {
            Options = options,
            Preparation = preparation,
            AreFeaturesNamed = version == WithPreparation
                ? json.GetProperty("preparation").GetProperty("areNamed").GetBoolean()
                : columns.Where((column, i) => column.Name != $"x{i + 1}").Any(),
            Image = image,
            Scaler = new FeatureScaler(
                file.Float32("scaler.offset", preparation.Width), file.Float32("scaler.scale", preparation.Width)),
            Members = ReadMembers(file, options.AllFamilies, preparation, plans),
            Quantiles = file.Float32("score.quantiles", DetectorContent.QuantileCount),
            Threshold = json.GetProperty("threshold").GetSingle(),
            Round = json.GetProperty("round").GetInt32(),
            Seed = json.GetProperty("seed").GetUInt64(),
            CreatedBy = json.GetProperty("createdBy").GetString() ?? "",
            IsChecked = file.IsSealed,
        };
        Check(content);
        if (content.Round < 0 || content.Round > options.Training.Rounds)
            throw new FormatException($"round {content.Round} is none of 0 to {options.Training.Rounds}");
        return content;
    }

    /// <summary>The plan of each family; refuses those that need more numbers than the file holds before anything of their size is made.</summary>
    private static Plan[] WritePlans(IReadOnlyList<DetectorFamily> families, IReadOnlyList<FeatureColumn> columns, SafetensorsFile file)
    {
        var plans = new Plan[families.Count];
        long numbers = 0;
        for (int index = 0; index < plans.Length; index++)
        {
            DetectorFamily family = families[index];
            Plan plan = plans[index] = family.Model.WritePlan(family.Network!, family.WidthIn(columns), family.Epochs!.Value);
            numbers += ((long)plan.Parameters.Length + plan.Statistics.Length) * family.Count;
            if (numbers * sizeof(float) > file.DataLength)
                throw new FormatException($"the file is too small for {family.Count} networks {family.Network} on {plan.Features} features");
        }

        return plans;
    }

    private static DetectorMember[] ReadMembers(
        SafetensorsFile file, IReadOnlyList<DetectorFamily> families, RowPreparation preparation, Plan[] plans)
    {
        var members = new DetectorMember[families.Sum(family => family.Count)];
        TrainedNetwork[] networks = [.. families.Zip(plans).SelectMany(pair => Enumerable.Repeat(pair.Second, pair.First.Count))
            .Select((plan, k) => ReadNetwork(file, plan, k))];
        double[] medians = file.Float64("score.medians", members.Length);
        for (int index = 0, k = 0; index < families.Count; index++)
        {
            int[]? features = families[index].Columns is { } columns ? preparation.FeaturesOf(columns) : null;
            for (int end = k + families[index].Count; k < end; k++)
            {
                members[k] = new DetectorMember
                {
                    Model = families[index].Model, Plan = plans[index], Features = features, Trained = networks[k], Median = medians[k],
                };
            }
        }

        return members;
    }

    private static TrainedNetwork ReadNetwork(SafetensorsFile file, Plan plan, int k)
    {
        float[] parameters = new float[plan.Parameters.Length];
        float[] statistics = new float[plan.Statistics.Length];
        foreach (TensorSlot slot in plan.Parameters.Slots)
            file.Float32(TensorName(k, slot), Shape(slot)).CopyTo(parameters, slot.Offset);
        foreach (TensorSlot slot in plan.Statistics.Slots)
            file.Float32(TensorName(k, slot), Shape(slot)).CopyTo(statistics, slot.Offset);
        // The variances are the statistics that start from one.
        foreach (TensorSlot variance in plan.Statistics.Slots.Where(slot => slot.Initialization == Initialization.One))
        {
            if (statistics.AsSpan(variance.Offset, variance.Length).ContainsAnyInRange(float.NegativeInfinity, -float.Epsilon))
                throw new FormatException($"a variance in {variance.Name} is negative");
        }

        float[] state = new float[plan.State.Length];
        foreach (TensorSlot slot in plan.State.Slots)
            file.Float32(TensorName(k, slot), StateShape(slot)).CopyTo(state, slot.Offset);
        return new TrainedNetwork(parameters, statistics, state);
    }

    private static void Check(DetectorContent content)
    {
        foreach (DetectorMember member in content.Members)
        {
            TrainedNetwork network = member.Trained;
            if (!Array.TrueForAll(network.Parameters, float.IsFinite) || !Array.TrueForAll(network.Statistics, float.IsFinite)
                || !Array.TrueForAll(network.State, float.IsFinite))
                throw new FormatException("a weight is not finite");
            if (!member.Model.Accepts(member.Plan, network.State))
                throw new FormatException("a member's state cannot come from training");
            if (!double.IsFinite(member.Median)
                || (content.Members.Count > 1 && member.Model.MemberScale == MemberScale.DivideByMedian && member.Median == 0))
                throw new FormatException("a member's median score cannot be divided by");
        }

        for (int i = 0; i < content.Quantiles.Length; i++)
        {
            if (!float.IsFinite(content.Quantiles[i]) || (i > 0 && content.Quantiles[i] < content.Quantiles[i - 1]))
                throw new FormatException("the quantiles of the training scores do not ascend");
        }

        if (!float.IsFinite(content.Threshold)) throw new FormatException("the threshold is not finite");
    }

    private static string Describe(DetectorContent content)
    {
        FitOptions options = content.Options;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", WithPreparation);
            json.WriteString("createdBy", content.CreatedBy);
            json.WriteString(ChecksumKey, SafetensorsChecksum.Key);
            json.WriteString("model", options.Model.Name);
            OptionsJson.WriteNetwork(json, options);
            PreparationFile.Describe(json, content);
            if (content.Image is { } image)
            {
                json.WriteStartObject("image");
                json.WriteNumber("height", image.Height);
                json.WriteNumber("width", image.Width);
                json.WriteString("normalization", options.Normalization!.Value.ToShortName());
                json.WriteEndObject();
            }

            OptionsJson.WriteTraining(json, options);
            if (options.Families.Count > 0)
            {
                json.WriteStartArray("families");
                foreach (DetectorFamily family in options.Families) OptionsJson.WriteFamily(json, family);
                json.WriteEndArray();
                json.WriteBoolean("sharedWeights", options.SharedWeights);
            }

            FitOptionTable.Of("threshold").WriteFile(json, options);
            json.WriteNumber("threshold", content.Threshold);
            json.WriteNumber("round", content.Round);
            json.WriteNumber("seed", content.Seed);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static FitOptions WithFamilies(FitOptions options, JsonElement json)
    {
        DetectorFamily[] families = [.. json.GetProperty("families").EnumerateArray().Select(OptionsJson.ReadFamily)];
        if (families.Length == 0) throw new FormatException("there is no family");
        if ((options.Model, options.Network) != (families[0].Model, families[0].Network)
            || options.Training.Ensemble != families.Sum(family => (long)family.Count))
            throw new FormatException("the families are not those of the other options");
        return options with { Families = families, SharedWeights = json.GetProperty("sharedWeights").GetBoolean() };
    }

    // Formats 1 and 2 know names alone.
    private static FeatureColumn[] ReadNames(JsonElement json)
    {
        FeatureColumn[] columns =
            [.. json.GetProperty("features").EnumerateArray().Select(element => new FeatureColumn(element.GetString() ?? ""))];
        return columns.Length > 0 ? columns : throw new FormatException("there is no feature");
    }

    private static ImageShape? ReadImage(JsonElement json, int features)
    {
        if (!json.TryGetProperty("image", out JsonElement image)) return null;
        var shape = new ImageShape(Length("height"), Length("width"));
        return shape.Fits(features) ? shape : throw new FormatException($"images of {shape} do not have {features} values");

        int Length(string property) => image.GetProperty(property).GetInt32();
    }

    private static string TensorName(int member, TensorSlot slot) => $"member.{member}.{slot.Name}";

    // A state of one number is a scalar.
    private static int[] StateShape(TensorSlot slot) => slot.Length == 1 ? [] : Shape(slot);

    private static int[] Shape(TensorSlot slot) => slot.Columns == 1 ? [slot.Rows] : [slot.Rows, slot.Columns];

    private static ModelFormatException Bad(string name, string problem, Exception? inner = null) =>
        new(name, problem, "Get an intact copy, or fit and save the model again.", inner);
}
